# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_rctr_global_optspecs
    string join \n root= log-level= v/version h/help
end

function __fish_rctr_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_rctr_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_rctr_using_subcommand
    set -l cmd (__fish_rctr_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c rctr -n "__fish_rctr_needs_command" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_needs_command" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_needs_command" -s v -l version -d 'Print the version'
complete -c rctr -n "__fish_rctr_needs_command" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "completion" -d 'Print a completion script for a shell'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand completion" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand completion" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand run" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand run" -l name -d 'Give the container a name' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -s l -l label -d 'Add metadata' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l label-file -d 'Read labels from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand run" -l annotation -d 'Add an OCI annotation' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l cidfile -d 'Write the container\'s id to a file' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand run" -l pidfile -d 'Write the host\'s pid of the first process to a file' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand run" -l pull -d 'Fetch the image: missing or never' -r -f -a "missing\t''
never\t''
always\t''
newer\t''"
complete -c rctr -n "__fish_rctr_using_subcommand run" -s e -l env -d 'Set a variable; KEY alone takes the caller\'s value' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l env-file -d 'Read variables from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand run" -l unsetenv -d 'Leave out a variable of the image' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l http-proxy -d 'Hand on the caller\'s proxy variables [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l entrypoint -d 'Run this program instead of the image\'s; "" for none' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -s w -l workdir -d 'Working directory inside' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -s u -l user -d 'Run as this user' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l group-add -d 'Add a group; keep-groups for the caller\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l sig-proxy -d 'Hand signals on to the container [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l stop-signal -d 'Signal that asks it to stop' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l timeout -d 'Kill it after so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l umask -d 'File mode creation mask [default: 0022]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l preserve-fds -d 'Hand on so many file descriptors after 2' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l tz -d 'Time zone, or local for the host\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -s v -l volume -d 'Mount a file or directory of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l mount -d 'Mount, as type=bind|tmpfs|volume,source=SRC,target=DST,…' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l tmpfs -d 'Mount an empty directory in memory' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l read-only-tmpfs -d 'With --read-only, keep /run, /tmp and /var/tmp writable in memory [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l shm-size -d 'Size of /dev/shm [default: 64m]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l device -d 'Give it a device of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l network -d 'slirp4netns[:OPTIONS], none, host, container:NAME or ns:PATH [default: slirp4netns]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l add-host -d 'Add a line to /etc/hosts; host-gateway is the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l dns -d 'Name server; none leaves /etc/resolv.conf as the image has it' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l dns-search -d 'Search domain; . for none' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l dns-option -d 'Resolver option' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -s h -l hostname -d 'Host name inside [default: first 12 digits of the id]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l pid -d 'Processes: private, host, container:NAME or ns:PATH' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l ipc -d 'Shared memory and message queues: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l uts -d 'Host name: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l cgroupns -d 'Root of the control groups: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l userns -d 'Ids: private, keep-id[:uid=,gid=,size=], nomap, auto[:size=], host, container:NAME or ns:PATH' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l uidmap -d 'Map user ids; HOST counts from 0, which is the caller, @HOST is an id of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l gidmap -d 'Map group ids' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l subuidname -d 'Take the ranges that /etc/subuid has for this name' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l subgidname -d 'Take the ranges that /etc/subgid has for this name' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l cap-add -d 'Grant a capability, or ALL' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l cap-drop -d 'Take a capability away, or ALL' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l security-opt -d 'no-new-privileges, seccomp=, apparmor=, label=, mask=, unmask= or proc-opts=' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l ulimit -d 'Set a resource limit; -1 is unlimited, host keeps the caller\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l sysctl -d 'Set a kernel parameter of the container\'s own namespaces' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l oom-score-adj -d 'Make the kernel kill it sooner (up to 1000) or later when memory runs out' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l replace -d 'Remove a container of the same name first'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l rm -d 'Remove the container when it ends'
complete -c rctr -n "__fish_rctr_using_subcommand run" -s q -l quiet -d 'Say nothing but errors'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l dry-run -d 'Print what would be done, and do nothing'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l env-host -d 'Hand on the caller\'s whole environment'
complete -c rctr -n "__fish_rctr_using_subcommand run" -s i -l interactive -d 'Keep stdin open'
complete -c rctr -n "__fish_rctr_using_subcommand run" -s t -l tty -d 'Give it a terminal of its own'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l init -d 'Run an init as pid 1 that reaps and forwards signals'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l rootfs -d 'Take a directory for the root file system, not an image; DIR:O discards what is written, / is the host\'s own'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l read-only -d 'Make the root file system read-only'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l no-hosts -d 'Leave /etc/hosts as the image has it'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l privileged -d 'Every capability of the container\'s user namespace, no filter, nothing hidden; never more than the caller may do'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion run help" -f -a "completion" -d 'Print a completion script for a shell'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion run help" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion run help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
