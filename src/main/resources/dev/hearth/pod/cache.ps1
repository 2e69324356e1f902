# What cache.sh does, on Windows: fills the directories that a task finds, removes what is of no use any more, waits until
# the task has ended, and measures. Needs PowerShell 7; robocopy where the image has it. The plan is JSON in HEARTH_CACHE:
#   {"seconds":60,"caches":[{"key":"","work":"","source":""}],"remove":["KEY/WORK"],"known":["KEY/WORK"]}
$ErrorActionPreference = 'Stop'
$own = 'C:\hearth\own'
$state = 'C:\hearth\state'
$message = 'C:\dev\termination-log'
$plan = $env:HEARTH_CACHE | ConvertFrom-Json
$report = [ordered]@{ restored = [ordered]@{}; removed = $false; found = @() }

function Write-Report {
  [IO.File]::WriteAllText($message, ($report | ConvertTo-Json -Compress -Depth 5))
}

# Links are copied as links, and nothing that they lead to. An exit code of robocopy from 8 on means that a file is missing.
function Copy-Directory($from, $to) {
  if (-not (Test-Path -LiteralPath $from -PathType Container)) { throw 'No such directory' }
  if (Get-Command robocopy -ErrorAction Ignore) {
    $copy = Start-Process robocopy -PassThru -NoNewWindow -ArgumentList @(
      "`"$from`"", "`"$to`"", '/E', '/COPY:DAT', '/DCOPY:DAT', '/SL', '/SJ', '/R:0', '/W:0', '/MT:8', '/NFL', '/NDL', '/NJH', '/NJS', '/NP')
    if (-not $copy.WaitForExit(1000 * $plan.seconds)) {
      $copy.Kill()
      throw "it took longer than $($plan.seconds) s"
    }
    if ($copy.ExitCode -ge 8) { throw "robocopy exit code $($copy.ExitCode)" }
  } else {
    Copy-Item -LiteralPath $from -Destination $to -Recurse -Force
  }
}

function Measure-Directory($folder) {
  $sum = 0L
  $options = [IO.EnumerationOptions]@{ RecurseSubdirectories = $true; IgnoreInaccessible = $true; AttributesToSkip = 'ReparsePoint' }
  foreach ($file in [IO.DirectoryInfo]::new($folder).EnumerateFiles('*', $options)) { $sum += $file.Length }
  [long][Math]::Ceiling($sum / 1024)
}

function Remove-Directory($folder) {
  if (Test-Path -LiteralPath $folder) { Remove-Item -LiteralPath $folder -Recurse -Force }
}

if (-not (Test-Path "$state\ready")) {
  foreach ($cache in $plan.caches) {
    $began = [Diagnostics.Stopwatch]::StartNew()
    $target = "$own\$($cache.key)\$($cache.work)"
    $part = "$own\$($cache.key)\.$($cache.work).part"
    $kib = 0L
    $problem = ''
    try {
      Remove-Directory $target
      Remove-Directory $part
      if ($cache.source) {
        [void](New-Item -ItemType Directory -Force "$own\$($cache.key)")
        Copy-Directory $cache.source $part
        $kib = Measure-Directory $part
      }
    } catch {
      $problem = ($_.Exception.Message -split ': ')[-1] -replace '[^A-Za-z0-9 ]', ''
      try { Remove-Directory $part } catch { $problem += ' and it cannot be removed' }
    }
    [void](New-Item -ItemType Directory -Force $part)
    Move-Item -LiteralPath $part -Destination $target
    $report.restored[$cache.key] = @{ kib = $kib; millis = $began.ElapsedMilliseconds; error = $problem }
  }
  $report | ConvertTo-Json -Compress -Depth 5 | Set-Content "$state\restored"
  [void](New-Item -ItemType File -Force "$state\ready")
} else {
  $report.restored = (Get-Content "$state\restored" | ConvertFrom-Json).restored
}

try {
  foreach ($folder in $plan.remove) {
    $key, $work = $folder -split '/'
    Remove-Directory "$own\$key\$work"
    Remove-Directory "$own\$key\.$work.part"
  }
  $report.removed = $true
} catch {
  $report.removed = $false
}
$known = @($plan.remove) + @($plan.known) + @($plan.caches | ForEach-Object { "$($_.key)/$($_.work)" })
$report.found = @(Get-ChildItem -Directory -Force "$own\*\*" |
    ForEach-Object { "$($_.Parent.Name)/$($_.Name -replace '^\.|\.part$', '')" } |
    Where-Object { $_ -match '^[0-9a-f]{16}/[0-9a-f]{16}$' -and $_ -notin $known } |
    Select-Object -Unique -First 40)
Write-Report # true already, should there be no time for more

# The end is told as CTRL_SHUTDOWN_EVENT, which .NET calls SIGTERM, on a thread that can run no script: so it is compiled.
$ended = [Threading.ManualResetEventSlim]::new($false)
$context = [Linq.Expressions.Expression]::Parameter([Runtime.InteropServices.PosixSignalContext], 'context')
$stay = [Linq.Expressions.Expression]::Assign(
  [Linq.Expressions.Expression]::Property($context, 'Cancel'), [Linq.Expressions.Expression]::Constant($true))
$tell = [Linq.Expressions.Expression]::Call(
  [Linq.Expressions.Expression]::Constant($ended), [Threading.ManualResetEventSlim].GetMethod('Set', [type[]]@()))
$handler = [Linq.Expressions.Expression]::Lambda(
  [Action[Runtime.InteropServices.PosixSignalContext]],
  [Linq.Expressions.Expression]::Block([void], [Linq.Expressions.Expression[]]@($stay, $tell)),
  [Linq.Expressions.ParameterExpression[]]@($context)).Compile()
$registered = [Runtime.InteropServices.PosixSignalRegistration]::Create('SIGTERM', $handler)
while (-not $ended.Wait(1000)) { }

$report.left = [ordered]@{}
foreach ($cache in $plan.caches) {
  $report.left[$cache.key] = Measure-Directory "$own\$($cache.key)\$($cache.work)"
}
Write-Report
$volume = [IO.DriveInfo]::new($own)
$report.content = Measure-Directory $own
$report.capacity = [long]($volume.TotalSize / 1024)
$report.free = [long]($volume.AvailableFreeSpace / 1024)
Write-Report
