# Builds an image that has nothing but buildctl in it, and runs that: what a step of a Dockerfile needs of a node, without
# an image from anywhere.
set -eu
mkdir /tmp/context && cd /tmp/context
cp "$(command -v buildctl)" buildctl
printf 'FROM scratch\nCOPY buildctl /\nRUN ["/buildctl", "--version"]\n' >Dockerfile
buildctl --wait --timeout=60 debug workers >/dev/null 2>&1 || {
  echo "the daemon did not answer in time"
  exit 75 # which says nothing about what it can do
}
buildctl build --progress=plain --frontend=dockerfile.v0 --local=context=. --local=dockerfile=. \
  >/tmp/log 2>&1 || {
  cat /tmp/log # the reason last: no more than the end of it reaches a status
  grep -o 'runc run failed: .*' /tmp/log || tail -n 1 /tmp/log
  exit 1
}
buildctl debug workers -v | grep -q 'worker.snapshotter:.*overlayfs' || { echo "the snapshotter is not overlayfs" >&2; exit 1; }
