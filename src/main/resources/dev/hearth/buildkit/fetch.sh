# Fetches one commit, without its history, into a bare repository that the pod's BuildKit reads afterwards. Here alone are
# the credentials of the repository, and nothing of the commit is executed or even checked out. Its objects are taken as
# the server has them: git checks that they are what the commit's id says, which is what was decided to be built.
#   fetch URL COMMIT REPOSITORY SECRET    REPOSITORY is the folder to make, SECRET the one with username and password, for
#                                         SSH with ssh-privatekey and known_hosts; it may have ca.crt
set -eu
url=$1 commit=$2 repository=$3
export SECRET="$4"

# Nothing but this configures git, and none of it is written into the repository.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 HOME=/nonexistent LC_ALL=C
count=0
config() { # KEY VALUE
  export "GIT_CONFIG_KEY_$count=$1" "GIT_CONFIG_VALUE_$count=$2"
  count=$((count + 1))
  export GIT_CONFIG_COUNT=$count
}
config protocol.allow never
for protocol in http https git ssh; do config "protocol.$protocol.allow" always; done
config http.followRedirects false # nor alternates, by which a server could name another host too
config http.lowSpeedLimit 1
config http.lowSpeedTime 120
config core.hooksPath /dev/null
config fetch.unpackLimit 1 # one file, however many the commit has
# For this URL and no other. Git asks once the server does; printf is the shell's own, so no argument shows a password.
config "credential.$url.helper" '!answer() { [ "$1" != get ] || printf "username=%s\npassword=%s\n" \
  "$(cat "$SECRET/username" 2>/dev/null || echo git)" "$(cat "$SECRET/password")"; }; answer'

# Authorities of this server, in addition to those of the image where Debian and many others have them.
if [ -f "$SECRET/ca.crt" ]; then
  { cat "${GIT_SSL_CAINFO:-/etc/ssl/certs/ca-certificates.crt}" 2>/dev/null || :; } | cat - "$SECRET/ca.crt" >"$repository.authorities"
  export GIT_SSL_CAINFO="$repository.authorities"
fi

# One key and nothing else, for a server that has a known key. A URL without user means git, not the name of this user.
export GIT_SSH_VARIANT=ssh GIT_SSH_COMMAND='exec ssh -F none -o BatchMode=yes -o LogLevel=ERROR \
  -o PreferredAuthentications=publickey -o IdentityAgent=none -o IdentitiesOnly=yes -o IdentityFile="$SECRET/ssh-privatekey" \
  -o UserKnownHostsFile="$SECRET/known_hosts" -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes \
  -o UpdateHostKeys=no -o ConnectTimeout=60 -o ServerAliveInterval=30 -o ServerAliveCountMax=4'
case $url in
  ssh://*@*) ;;
  ssh://*) url=ssh://git@${url#ssh://} ;;
esac

rm -rf "$repository" # of an attempt that was cut short
git init -q --bare --template= --initial-branch=commit "$repository"
# The server's own words are part of what git says: plain characters, and not many of them.
git -C "$repository" fetch -q --depth=1 --no-tags --no-recurse-submodules --no-write-fetch-head --no-auto-gc \
  -- "$url" "$commit:refs/heads/commit" 2>&1 | tail -c 1500 | tr -c '[:print:]\n' ' ' >"$repository/said" &
trap 'exit 143' TERM # a shell that is the first process would not hear of it
wait $!
[ "$(git -C "$repository" rev-parse -q --verify refs/heads/commit)" != "$commit" ] || exit 0
[ -s "$repository/said" ] && cat "$repository/said" || echo "git ended without output"
exit 1
