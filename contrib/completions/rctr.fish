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
complete -c rctr -n "__fish_rctr_needs_command" -f -a "attach" -d 'Attach to a container that runs'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "completion" -d 'Print a completion script for a shell'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "container" -d 'Manage containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "create" -d 'Make a container without starting it'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "doctor" -d 'Check what this machine can do, and say how to mend the rest'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "exec" -d 'Run another program in a container that runs'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "healthcheck" -d 'Look at the health of a container'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "image" -d 'Manage images'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "images" -d 'List images'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "import" -d 'Make an image from a tarball of a root file system'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "info" -d 'Show what rctr knows of this machine and of its store'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "inspect" -d 'Print all about containers, and about images where no container has the name'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "kill" -d 'Send a signal to the first process of containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "load" -d 'Load images from an archive'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "logs" -d 'Show what containers have written'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "pause" -d 'Stop every process of containers, until they may go on'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "port" -d 'Show the ports of a container that are published'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "ps" -d 'List containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "rename" -d 'Give a container another name'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "restart" -d 'Stop containers and start them again'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "rm" -d 'Remove containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "rmi" -d 'Remove images'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "start" -d 'Start containers that do not run'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "stats" -d 'Show what containers use, again and again'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "stop" -d 'Stop containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "tag" -d 'Give an image another name'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "top" -d 'Show the processes of a container'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "unpause" -d 'Let the processes of paused containers go on'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "untag" -d 'Take names away from an image'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "version" -d 'Show the version of rctr'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "wait" -d 'Wait for the end of containers, and print their exit codes'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand attach" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand attach" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand attach" -l detach-keys -d 'Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]' -r
complete -c rctr -n "__fish_rctr_using_subcommand attach" -l sig-proxy -d 'Hand signals on to the container [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand attach" -s l -l latest -d 'Attach to the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand attach" -l no-stdin -d 'Pass no stdin on'
complete -c rctr -n "__fish_rctr_using_subcommand attach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand completion" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand completion" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "attach" -d 'Attach to a container that runs'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "create" -d 'Make a container without starting it'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "exec" -d 'Run another program in a container that runs'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "exists" -d 'Is a container there? Exits with 0 or 1'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "inspect" -d 'Print all about containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "kill" -d 'Send a signal to containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "logs" -d 'Show what containers have written'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "ls" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "list" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "ps" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "pause" -d 'Stop every process of containers, until they may go on'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "port" -d 'Show the ports of a container that are published'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "prune" -d 'Remove containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "rename" -d 'Give a container another name'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "restart" -d 'Stop containers and start them again'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "rm" -d 'Remove containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "start" -d 'Start containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "stats" -d 'Show what containers use, again and again'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "stop" -d 'Stop containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "top" -d 'Show the processes of a container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "unpause" -d 'Let the processes of paused containers go on'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "wait" -d 'Wait for the end of containers, and print their exit codes'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from attach create exec exists inspect kill logs ls list ps pause port prune rename restart rm run start stats stop top unpause wait help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from attach" -l detach-keys -d 'Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from attach" -l sig-proxy -d 'Hand signals on to the container [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from attach" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from attach" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from attach" -s l -l latest -d 'Attach to the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from attach" -l no-stdin -d 'Pass no stdin on'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from attach" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l name -d 'Give the container a name' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s l -l label -d 'Add metadata' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l label-file -d 'Read labels from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l annotation -d 'Add an OCI annotation' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l cidfile -d 'Write the container\'s id to a file' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l pidfile -d 'Write the host\'s pid of the first process to a file' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l pull -d 'Fetch the image: missing or never' -r -f -a "missing\t''
never\t''
always\t''
newer\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s e -l env -d 'Set a variable; KEY alone takes the caller\'s value' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l env-file -d 'Read variables from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l unsetenv -d 'Leave out a variable of the image' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l http-proxy -d 'Hand on the caller\'s proxy variables [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l entrypoint -d 'Run this program instead of the image\'s; "" for none' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s w -l workdir -d 'Working directory inside' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s u -l user -d 'Run as this user' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l group-add -d 'Add a group; keep-groups for the caller\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l stop-signal -d 'Signal that asks it to stop' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l stop-timeout -d 'How long stop waits before it kills, in seconds; below zero is for ever [default: 10]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l timeout -d 'Kill it after so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l restart -d 'Start it again when it ends: no, on-failure[:COUNT], always or unless-stopped [default: no]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l umask -d 'File mode creation mask [default: 0022]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l tz -d 'Time zone, or local for the host\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l health-cmd -d 'Program that tells by its exit code whether the container is well; none for no check' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l health-interval -d 'Time between two checks; disable for none by themselves [default: 30s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l health-retries -d 'So many failures in a row make it unhealthy [default: 3]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l health-timeout -d 'A check that takes longer has failed [default: 30s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l health-start-period -d 'Time after the start in which failures do not count [default: 0s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l health-start-interval -d 'Time between two checks in the start period [default: 5s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l health-on-failure -d 'What becomes of it when it is unhealthy: none, kill, restart or stop [default: none]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l rootfs-backend -d 'How layers become one tree: overlay (the kernel\'s) or copy [default: what works here]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s v -l volume -d 'Mount a file or directory of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l mount -d 'Mount, as type=bind|tmpfs|volume,source=SRC,target=DST,…' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l tmpfs -d 'Mount an empty directory in memory' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l read-only-tmpfs -d 'With --read-only, keep /run, /tmp and /var/tmp writable in memory [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l shm-size -d 'Size of /dev/shm [default: 64m]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l device -d 'Give it a device of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l network -d 'slirp4netns[:OPTIONS], none, host, container:NAME or ns:PATH [default: slirp4netns]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l add-host -d 'Add a line to /etc/hosts; host-gateway is the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l dns -d 'Name server; none leaves /etc/resolv.conf as the image has it' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l dns-search -d 'Search domain; . for none' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l dns-option -d 'Resolver option' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s h -l hostname -d 'Host name inside [default: first 12 digits of the id]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l pid -d 'Processes: private, host, container:NAME or ns:PATH' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l ipc -d 'Shared memory and message queues: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l uts -d 'Host name: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroupns -d 'Root of the control groups: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l userns -d 'Ids: private, keep-id[:uid=,gid=,size=], nomap, auto[:size=], host, container:NAME or ns:PATH' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l uidmap -d 'Map user ids; HOST counts from 0, which is the caller, @HOST is an id of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l gidmap -d 'Map group ids' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l subuidname -d 'Take the ranges that /etc/subuid has for this name' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l subgidname -d 'Take the ranges that /etc/subgid has for this name' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l cap-add -d 'Grant a capability, or ALL' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l cap-drop -d 'Take a capability away, or ALL' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l security-opt -d 'no-new-privileges, seccomp=, apparmor=, label=, mask=, unmask= or proc-opts=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l ulimit -d 'Set a resource limit; -1 is unlimited, host keeps the caller\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l sysctl -d 'Set a kernel parameter of the container\'s own namespaces' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l oom-score-adj -d 'Make the kernel kill it sooner (up to 1000) or later when memory runs out' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l log-driver -d 'Keep its output as k8s-file (the default), json-file, journald, none or passthrough' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l log-opt -d 'max-size=, max-file= (both rotate), path= or tag=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l replace -d 'Remove a container of the same name first'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l rm -d 'Remove the container when it ends'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Say nothing but errors'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l dry-run -d 'Print what would be done, and do nothing'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l env-host -d 'Hand on the caller\'s whole environment'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s i -l interactive -d 'Keep stdin open'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -s t -l tty -d 'Give it a terminal of its own'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l init -d 'Run an init as pid 1 that reaps and forwards signals'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l no-healthcheck -d 'Do without the image\'s check'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l rootfs -d 'Take a directory for the root file system, not an image; DIR:O discards what is written, / is the host\'s own'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l read-only -d 'Make the root file system read-only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l no-hosts -d 'Leave /etc/hosts as the image has it'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l privileged -d 'Every capability of the container\'s user namespace, no filter, nothing hidden; never more than the caller may do'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from create" -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -l detach-keys -d 'Keys that leave the program running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -s e -l env -d 'Set a variable; KEY alone takes the caller\'s value' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -l env-file -d 'Read variables from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -l preserve-fds -d 'Hand on so many file descriptors after 2' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -s u -l user -d 'Run as this user' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -s w -l workdir -d 'Working directory inside' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -s d -l detach -d 'Do not wait for its end'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -s i -l interactive -d 'Keep stdin open'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -s l -l latest -d 'In the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -l privileged -d 'Give it every capability of the container\'s user namespace'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -s t -l tty -d 'Give it a terminal of its own'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exists" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exists" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from inspect" -s f -l format -d 'Print json, or fill a Go template for each' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from inspect" -s t -l type -d 'Look only among these: container, image or all' -r -f -a "all\t''
container\t''
image\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from inspect" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from inspect" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from inspect" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from inspect" -s s -l size -d 'Tell what the containers\' files take'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s f -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s s -l signal -d 'Name or number of the signal' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s a -l all -d 'Signal all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s l -l latest -d 'Signal the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -l since -d 'Show nothing that was written before' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -l tail -d 'Show only the last so many lines of each container, or all' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -l until -d 'Show nothing that was written after' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -l color -d 'Show each container in a colour of its own'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on until the containers have ended'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -s l -l latest -d 'Show the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -s n -l names -d 'Mark lines with names instead of ids'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -s t -l timestamps -d 'Show when each line was written'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Show only some: id=, name=, status=, label=, ancestor=, exited=, health=, volume=, network=, before=, since=, until= …' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s n -l last -d 'Show the so many that were made last, also those that do not run' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l sort -d 'Order by command, created, id, image, names, runningfor, size or status' -r -f -a "command\t''
created\t''
id\t''
image\t''
names\t''
runningfor\t''
size\t''
status\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s w -l watch -d 'Show the list anew every so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s a -l all -d 'Show all containers, not only those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l external -d 'Show containers of other tools too (there are none in rctr\'s store; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s l -l latest -d 'Show the one that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Do not shorten ids and commands'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l ns -d 'Show the namespaces of those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s p -l pod -d 'Show the pods of containers (there are none; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s s -l size -d 'Show what the containers\' files take'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l sync -d 'Ask the kernel how the containers are (rctr always does; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s f -l filter -d 'Show only some: id=, name=, status=, label=, ancestor=, exited=, health=, volume=, network=, before=, since=, until= …' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s n -l last -d 'Show the so many that were made last, also those that do not run' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l sort -d 'Order by command, created, id, image, names, runningfor, size or status' -r -f -a "command\t''
created\t''
id\t''
image\t''
names\t''
runningfor\t''
size\t''
status\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s w -l watch -d 'Show the list anew every so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s a -l all -d 'Show all containers, not only those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l external -d 'Show containers of other tools too (there are none in rctr\'s store; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s l -l latest -d 'Show the one that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l no-trunc -d 'Do not shorten ids and commands'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l ns -d 'Show the namespaces of those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s p -l pod -d 'Show the pods of containers (there are none; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s s -l size -d 'Show what the containers\' files take'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l sync -d 'Ask the kernel how the containers are (rctr always does; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s f -l filter -d 'Show only some: id=, name=, status=, label=, ancestor=, exited=, health=, volume=, network=, before=, since=, until= …' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s n -l last -d 'Show the so many that were made last, also those that do not run' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l sort -d 'Order by command, created, id, image, names, runningfor, size or status' -r -f -a "command\t''
created\t''
id\t''
image\t''
names\t''
runningfor\t''
size\t''
status\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s w -l watch -d 'Show the list anew every so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s a -l all -d 'Show all containers, not only those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l external -d 'Show containers of other tools too (there are none in rctr\'s store; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s l -l latest -d 'Show the one that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l no-trunc -d 'Do not shorten ids and commands'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l ns -d 'Show the namespaces of those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s p -l pod -d 'Show the pods of containers (there are none; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s s -l size -d 'Show what the containers\' files take'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l sync -d 'Ask the kernel how the containers are (rctr always does; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from pause" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from pause" -s f -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from pause" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from pause" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from pause" -s a -l all -d 'Pause all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from pause" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from port" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from port" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from port" -s a -l all -d 'Show those of all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from port" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from port" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -l filter -d 'Remove only some: label=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask (rctr never does; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rename" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rename" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from restart" -s t -l time -d 'Wait so many seconds before SIGKILL; -1 waits for ever [default: the container\'s own]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from restart" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from restart" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from restart" -s a -l all -d 'Restart all containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from restart" -s l -l latest -d 'Restart the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from restart" -l running -d 'Restart all containers that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -s t -l time -d 'With --force: wait so many seconds before a container is killed' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -s a -l all -d 'Remove all containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -s f -l force -d 'Stop those that run; it is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -s i -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -s l -l latest -d 'Remove the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -s v -l volumes -d 'Remove anonymous volumes (they always go; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l name -d 'Give the container a name' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s l -l label -d 'Add metadata' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l label-file -d 'Read labels from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l annotation -d 'Add an OCI annotation' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l cidfile -d 'Write the container\'s id to a file' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l pidfile -d 'Write the host\'s pid of the first process to a file' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l pull -d 'Fetch the image: missing or never' -r -f -a "missing\t''
never\t''
always\t''
newer\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s e -l env -d 'Set a variable; KEY alone takes the caller\'s value' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l env-file -d 'Read variables from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l unsetenv -d 'Leave out a variable of the image' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l http-proxy -d 'Hand on the caller\'s proxy variables [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l entrypoint -d 'Run this program instead of the image\'s; "" for none' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s w -l workdir -d 'Working directory inside' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s u -l user -d 'Run as this user' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l group-add -d 'Add a group; keep-groups for the caller\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l stop-signal -d 'Signal that asks it to stop' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l stop-timeout -d 'How long stop waits before it kills, in seconds; below zero is for ever [default: 10]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l timeout -d 'Kill it after so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l restart -d 'Start it again when it ends: no, on-failure[:COUNT], always or unless-stopped [default: no]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l umask -d 'File mode creation mask [default: 0022]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l tz -d 'Time zone, or local for the host\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l health-cmd -d 'Program that tells by its exit code whether the container is well; none for no check' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l health-interval -d 'Time between two checks; disable for none by themselves [default: 30s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l health-retries -d 'So many failures in a row make it unhealthy [default: 3]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l health-timeout -d 'A check that takes longer has failed [default: 30s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l health-start-period -d 'Time after the start in which failures do not count [default: 0s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l health-start-interval -d 'Time between two checks in the start period [default: 5s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l health-on-failure -d 'What becomes of it when it is unhealthy: none, kill, restart or stop [default: none]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l rootfs-backend -d 'How layers become one tree: overlay (the kernel\'s) or copy [default: what works here]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s v -l volume -d 'Mount a file or directory of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l mount -d 'Mount, as type=bind|tmpfs|volume,source=SRC,target=DST,…' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l tmpfs -d 'Mount an empty directory in memory' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l read-only-tmpfs -d 'With --read-only, keep /run, /tmp and /var/tmp writable in memory [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l shm-size -d 'Size of /dev/shm [default: 64m]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l device -d 'Give it a device of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l network -d 'slirp4netns[:OPTIONS], none, host, container:NAME or ns:PATH [default: slirp4netns]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l add-host -d 'Add a line to /etc/hosts; host-gateway is the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l dns -d 'Name server; none leaves /etc/resolv.conf as the image has it' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l dns-search -d 'Search domain; . for none' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l dns-option -d 'Resolver option' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s h -l hostname -d 'Host name inside [default: first 12 digits of the id]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l pid -d 'Processes: private, host, container:NAME or ns:PATH' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l ipc -d 'Shared memory and message queues: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l uts -d 'Host name: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroupns -d 'Root of the control groups: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l userns -d 'Ids: private, keep-id[:uid=,gid=,size=], nomap, auto[:size=], host, container:NAME or ns:PATH' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l uidmap -d 'Map user ids; HOST counts from 0, which is the caller, @HOST is an id of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l gidmap -d 'Map group ids' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l subuidname -d 'Take the ranges that /etc/subuid has for this name' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l subgidname -d 'Take the ranges that /etc/subgid has for this name' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l cap-add -d 'Grant a capability, or ALL' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l cap-drop -d 'Take a capability away, or ALL' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l security-opt -d 'no-new-privileges, seccomp=, apparmor=, label=, mask=, unmask= or proc-opts=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l ulimit -d 'Set a resource limit; -1 is unlimited, host keeps the caller\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l sysctl -d 'Set a kernel parameter of the container\'s own namespaces' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l oom-score-adj -d 'Make the kernel kill it sooner (up to 1000) or later when memory runs out' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l log-driver -d 'Keep its output as k8s-file (the default), json-file, journald, none or passthrough' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l log-opt -d 'max-size=, max-file= (both rotate), path= or tag=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s a -l attach -d 'Pass on only stdin, stdout or stderr; once for each' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l detach-keys -d 'Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l sig-proxy -d 'Hand signals on to the container [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l preserve-fds -d 'Hand on so many file descriptors after 2' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l replace -d 'Remove a container of the same name first'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l rm -d 'Remove the container when it ends'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Say nothing but errors'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l dry-run -d 'Print what would be done, and do nothing'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l env-host -d 'Hand on the caller\'s whole environment'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s i -l interactive -d 'Keep stdin open'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s t -l tty -d 'Give it a terminal of its own'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l init -d 'Run an init as pid 1 that reaps and forwards signals'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l no-healthcheck -d 'Do without the image\'s check'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l rootfs -d 'Take a directory for the root file system, not an image; DIR:O discards what is written, / is the host\'s own'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l read-only -d 'Make the root file system read-only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l no-hosts -d 'Leave /etc/hosts as the image has it'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l privileged -d 'Every capability of the container\'s user namespace, no filter, nothing hidden; never more than the caller may do'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -s d -l detach -d 'Leave the container running, and print its id'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -l detach-keys -d 'Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -s f -l filter -d 'Start only some: as for ps' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -l sig-proxy -d 'Hand signals on to the container [default: true with --attach]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -l all -d 'Start all containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -s a -l attach -d 'Stay, and pass its output and signals on'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -s i -l interactive -d 'Stay, and pass stdin on, too'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -s l -l latest -d 'Start the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -s i -l interval -d 'Seconds between two looks' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -l sort -d 'Order by cpu, mem, name or pids; the first three columns that one would look for' -r -f -a "cpu\t''
mem\t''
name\t''
pids\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -s a -l all -d 'Show all containers that run (as without any; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -l no-reset -d 'Do not clear the screen between two looks'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -l no-stream -d 'Look once'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -l no-trunc -d 'Do not shorten ids'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s f -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s t -l time -d 'Wait so many seconds before SIGKILL; -1 waits for ever [default: what --stop-timeout of run said, else 10]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s a -l all -d 'Stop all running containers, but not those that are paused'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s i -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s l -l latest -d 'Stop the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from top" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from top" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from top" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from top" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from unpause" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from unpause" -s f -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from unpause" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from unpause" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from unpause" -s a -l all -d 'Unpause all paused containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from unpause" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from unpause" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -l condition -d 'Wait for this instead; several, also with commas between, are alternatives' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -s i -l interval -d 'Time between two looks (rctr waits for events and never looks in vain; for scripts)' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -s l -l latest -d 'Wait for the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "attach" -d 'Attach to a container that runs'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a container without starting it'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "exec" -d 'Run another program in a container that runs'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Is a container there? Exits with 0 or 1'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Print all about containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "kill" -d 'Send a signal to containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "logs" -d 'Show what containers have written'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Stop every process of containers, until they may go on'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "port" -d 'Show the ports of a container that are published'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give a container another name'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "restart" -d 'Stop containers and start them again'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Show what containers use, again and again'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "top" -d 'Show the processes of a container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "unpause" -d 'Let the processes of paused containers go on'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "wait" -d 'Wait for the end of containers, and print their exit codes'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand create" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand create" -l name -d 'Give the container a name' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -s l -l label -d 'Add metadata' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l label-file -d 'Read labels from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand create" -l annotation -d 'Add an OCI annotation' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l cidfile -d 'Write the container\'s id to a file' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand create" -l pidfile -d 'Write the host\'s pid of the first process to a file' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand create" -l pull -d 'Fetch the image: missing or never' -r -f -a "missing\t''
never\t''
always\t''
newer\t''"
complete -c rctr -n "__fish_rctr_using_subcommand create" -s e -l env -d 'Set a variable; KEY alone takes the caller\'s value' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l env-file -d 'Read variables from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand create" -l unsetenv -d 'Leave out a variable of the image' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l http-proxy -d 'Hand on the caller\'s proxy variables [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l entrypoint -d 'Run this program instead of the image\'s; "" for none' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -s w -l workdir -d 'Working directory inside' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -s u -l user -d 'Run as this user' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l group-add -d 'Add a group; keep-groups for the caller\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l stop-signal -d 'Signal that asks it to stop' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l stop-timeout -d 'How long stop waits before it kills, in seconds; below zero is for ever [default: 10]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l timeout -d 'Kill it after so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l restart -d 'Start it again when it ends: no, on-failure[:COUNT], always or unless-stopped [default: no]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l umask -d 'File mode creation mask [default: 0022]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l tz -d 'Time zone, or local for the host\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l health-cmd -d 'Program that tells by its exit code whether the container is well; none for no check' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l health-interval -d 'Time between two checks; disable for none by themselves [default: 30s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l health-retries -d 'So many failures in a row make it unhealthy [default: 3]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l health-timeout -d 'A check that takes longer has failed [default: 30s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l health-start-period -d 'Time after the start in which failures do not count [default: 0s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l health-start-interval -d 'Time between two checks in the start period [default: 5s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l health-on-failure -d 'What becomes of it when it is unhealthy: none, kill, restart or stop [default: none]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l rootfs-backend -d 'How layers become one tree: overlay (the kernel\'s) or copy [default: what works here]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -s v -l volume -d 'Mount a file or directory of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l mount -d 'Mount, as type=bind|tmpfs|volume,source=SRC,target=DST,…' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l tmpfs -d 'Mount an empty directory in memory' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l read-only-tmpfs -d 'With --read-only, keep /run, /tmp and /var/tmp writable in memory [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l shm-size -d 'Size of /dev/shm [default: 64m]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l device -d 'Give it a device of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l network -d 'slirp4netns[:OPTIONS], none, host, container:NAME or ns:PATH [default: slirp4netns]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l add-host -d 'Add a line to /etc/hosts; host-gateway is the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l dns -d 'Name server; none leaves /etc/resolv.conf as the image has it' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l dns-search -d 'Search domain; . for none' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l dns-option -d 'Resolver option' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -s h -l hostname -d 'Host name inside [default: first 12 digits of the id]' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l pid -d 'Processes: private, host, container:NAME or ns:PATH' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l ipc -d 'Shared memory and message queues: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l uts -d 'Host name: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l cgroupns -d 'Root of the control groups: as --pid' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l userns -d 'Ids: private, keep-id[:uid=,gid=,size=], nomap, auto[:size=], host, container:NAME or ns:PATH' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l uidmap -d 'Map user ids; HOST counts from 0, which is the caller, @HOST is an id of the host' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l gidmap -d 'Map group ids' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l subuidname -d 'Take the ranges that /etc/subuid has for this name' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l subgidname -d 'Take the ranges that /etc/subgid has for this name' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l cap-add -d 'Grant a capability, or ALL' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l cap-drop -d 'Take a capability away, or ALL' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l security-opt -d 'no-new-privileges, seccomp=, apparmor=, label=, mask=, unmask= or proc-opts=' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l ulimit -d 'Set a resource limit; -1 is unlimited, host keeps the caller\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l sysctl -d 'Set a kernel parameter of the container\'s own namespaces' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l oom-score-adj -d 'Make the kernel kill it sooner (up to 1000) or later when memory runs out' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l log-driver -d 'Keep its output as k8s-file (the default), json-file, journald, none or passthrough' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l log-opt -d 'max-size=, max-file= (both rotate), path= or tag=' -r
complete -c rctr -n "__fish_rctr_using_subcommand create" -l replace -d 'Remove a container of the same name first'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l rm -d 'Remove the container when it ends'
complete -c rctr -n "__fish_rctr_using_subcommand create" -s q -l quiet -d 'Say nothing but errors'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l dry-run -d 'Print what would be done, and do nothing'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l env-host -d 'Hand on the caller\'s whole environment'
complete -c rctr -n "__fish_rctr_using_subcommand create" -s i -l interactive -d 'Keep stdin open'
complete -c rctr -n "__fish_rctr_using_subcommand create" -s t -l tty -d 'Give it a terminal of its own'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l init -d 'Run an init as pid 1 that reaps and forwards signals'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l no-healthcheck -d 'Do without the image\'s check'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l rootfs -d 'Take a directory for the root file system, not an image; DIR:O discards what is written, / is the host\'s own'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l read-only -d 'Make the root file system read-only'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l no-hosts -d 'Leave /etc/hosts as the image has it'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l privileged -d 'Every capability of the container\'s user namespace, no filter, nothing hidden; never more than the caller may do'
complete -c rctr -n "__fish_rctr_using_subcommand create" -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand doctor" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand doctor" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand doctor" -l json -d 'Print the findings as JSON'
complete -c rctr -n "__fish_rctr_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand exec" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand exec" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand exec" -l detach-keys -d 'Keys that leave the program running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]' -r
complete -c rctr -n "__fish_rctr_using_subcommand exec" -s e -l env -d 'Set a variable; KEY alone takes the caller\'s value' -r
complete -c rctr -n "__fish_rctr_using_subcommand exec" -l env-file -d 'Read variables from a file, one a line' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand exec" -l preserve-fds -d 'Hand on so many file descriptors after 2' -r
complete -c rctr -n "__fish_rctr_using_subcommand exec" -s u -l user -d 'Run as this user' -r
complete -c rctr -n "__fish_rctr_using_subcommand exec" -s w -l workdir -d 'Working directory inside' -r
complete -c rctr -n "__fish_rctr_using_subcommand exec" -s d -l detach -d 'Do not wait for its end'
complete -c rctr -n "__fish_rctr_using_subcommand exec" -s i -l interactive -d 'Keep stdin open'
complete -c rctr -n "__fish_rctr_using_subcommand exec" -s l -l latest -d 'In the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand exec" -l privileged -d 'Give it every capability of the container\'s user namespace'
complete -c rctr -n "__fish_rctr_using_subcommand exec" -s t -l tty -d 'Give it a terminal of its own'
complete -c rctr -n "__fish_rctr_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and not __fish_seen_subcommand_from run help" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and not __fish_seen_subcommand_from run help" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and not __fish_seen_subcommand_from run help" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and not __fish_seen_subcommand_from run help" -f -a "run" -d 'Check now: exits with 0 when the container is well, with 1 when not'
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and not __fish_seen_subcommand_from run help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and __fish_seen_subcommand_from help" -f -a "run" -d 'Check now: exits with 0 when the container is well, with 1 when not'
complete -c rctr -n "__fish_rctr_using_subcommand healthcheck; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "exists" -d 'Is an image there? Exits with 0 or 1'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "import" -d 'Make an image from a tarball of a root file system'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "inspect" -d 'Print all about images'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "load" -d 'Load images from an archive'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "ls" -d 'List images'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "list" -d 'List images'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "prune" -d 'Remove images without a name'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "rm" -d 'Remove images'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "tag" -d 'Give an image another name'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "untag" -d 'Take names away from an image'
complete -c rctr -n "__fish_rctr_using_subcommand image; and not __fish_seen_subcommand_from exists import inspect load ls list prune rm tag untag help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from exists" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from exists" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from import" -s c -l change -d 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR' -r
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from import" -s m -l message -d 'Set the comment of the image\'s history' -r
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from import" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from import" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print nothing but the id'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from inspect" -s f -l format -d 'Print json, or fill a Go template for each image' -r
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from inspect" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from inspect" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from load" -s i -l input -d 'Read from a file or directory instead of stdin' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from load" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from load" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Print nothing but the result'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -l format -d 'Print json, or fill a Go template for each image' -r
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Show only some: reference=, dangling=, label=, id=, before=, since=' -r
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -l sort -d 'Order by created, id, repository, size or tag' -r -f -a "created\t''
id\t''
repository\t''
size\t''
tag\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -s a -l all -d 'Show all images (there are no hidden ones; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Do not shorten ids'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -l digests -d 'Show digests'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -s n -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -l format -d 'Print json, or fill a Go template for each image' -r
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -s f -l filter -d 'Show only some: reference=, dangling=, label=, id=, before=, since=' -r
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -l sort -d 'Order by created, id, repository, size or tag' -r -f -a "created\t''
id\t''
repository\t''
size\t''
tag\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -s a -l all -d 'Show all images (there are no hidden ones; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -l no-trunc -d 'Do not shorten ids'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -l digests -d 'Show digests'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -s n -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from prune" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from prune" -s a -l all -d 'Remove all images that no container was made from'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask (rctr never does; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from rm" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from rm" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from rm" -s a -l all -d 'Remove all images'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from rm" -s f -l force -d 'Remove an id with all its names'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from rm" -s i -l ignore -d 'It is no error when there is no such image'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from tag" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from tag" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from tag" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from untag" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from untag" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from untag" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Is an image there? Exits with 0 or 1'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "import" -d 'Make an image from a tarball of a root file system'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Print all about images'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "load" -d 'Load images from an archive'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List images'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove images without a name'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove images'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "tag" -d 'Give an image another name'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "untag" -d 'Take names away from an image'
complete -c rctr -n "__fish_rctr_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand images" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand images" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand images" -l format -d 'Print json, or fill a Go template for each image' -r
complete -c rctr -n "__fish_rctr_using_subcommand images" -s f -l filter -d 'Show only some: reference=, dangling=, label=, id=, before=, since=' -r
complete -c rctr -n "__fish_rctr_using_subcommand images" -l sort -d 'Order by created, id, repository, size or tag' -r -f -a "created\t''
id\t''
repository\t''
size\t''
tag\t''"
complete -c rctr -n "__fish_rctr_using_subcommand images" -s a -l all -d 'Show all images (there are no hidden ones; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand images" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand images" -l no-trunc -d 'Do not shorten ids'
complete -c rctr -n "__fish_rctr_using_subcommand images" -l digests -d 'Show digests'
complete -c rctr -n "__fish_rctr_using_subcommand images" -s n -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand images" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand import" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand import" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand import" -s c -l change -d 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR' -r
complete -c rctr -n "__fish_rctr_using_subcommand import" -s m -l message -d 'Set the comment of the image\'s history' -r
complete -c rctr -n "__fish_rctr_using_subcommand import" -s q -l quiet -d 'Print nothing but the id'
complete -c rctr -n "__fish_rctr_using_subcommand import" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand info" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand info" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand info" -s f -l format -d 'Print as json, or fill a Go template, like {{.Store.GraphRoot}}' -r
complete -c rctr -n "__fish_rctr_using_subcommand info" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand inspect" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand inspect" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand inspect" -s f -l format -d 'Print json, or fill a Go template for each' -r
complete -c rctr -n "__fish_rctr_using_subcommand inspect" -s t -l type -d 'Look only among these: container, image or all' -r -f -a "all\t''
container\t''
image\t''"
complete -c rctr -n "__fish_rctr_using_subcommand inspect" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand inspect" -s s -l size -d 'Tell what the containers\' files take'
complete -c rctr -n "__fish_rctr_using_subcommand inspect" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand kill" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand kill" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand kill" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand kill" -s f -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand kill" -s s -l signal -d 'Name or number of the signal' -r
complete -c rctr -n "__fish_rctr_using_subcommand kill" -s a -l all -d 'Signal all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand kill" -s l -l latest -d 'Signal the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand kill" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand load" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand load" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand load" -s i -l input -d 'Read from a file or directory instead of stdin' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand load" -s q -l quiet -d 'Print nothing but the result'
complete -c rctr -n "__fish_rctr_using_subcommand load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand logs" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand logs" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand logs" -l since -d 'Show nothing that was written before' -r
complete -c rctr -n "__fish_rctr_using_subcommand logs" -l tail -d 'Show only the last so many lines of each container, or all' -r
complete -c rctr -n "__fish_rctr_using_subcommand logs" -l until -d 'Show nothing that was written after' -r
complete -c rctr -n "__fish_rctr_using_subcommand logs" -l color -d 'Show each container in a colour of its own'
complete -c rctr -n "__fish_rctr_using_subcommand logs" -s f -l follow -d 'Go on until the containers have ended'
complete -c rctr -n "__fish_rctr_using_subcommand logs" -s l -l latest -d 'Show the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand logs" -s n -l names -d 'Mark lines with names instead of ids'
complete -c rctr -n "__fish_rctr_using_subcommand logs" -s t -l timestamps -d 'Show when each line was written'
complete -c rctr -n "__fish_rctr_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand pause" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand pause" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand pause" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand pause" -s f -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand pause" -s a -l all -d 'Pause all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand pause" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand port" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand port" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand port" -s a -l all -d 'Show those of all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand port" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand port" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s f -l filter -d 'Show only some: id=, name=, status=, label=, ancestor=, exited=, health=, volume=, network=, before=, since=, until= …' -r
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s n -l last -d 'Show the so many that were made last, also those that do not run' -r
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l sort -d 'Order by command, created, id, image, names, runningfor, size or status' -r -f -a "command\t''
created\t''
id\t''
image\t''
names\t''
runningfor\t''
size\t''
status\t''"
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s w -l watch -d 'Show the list anew every so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s a -l all -d 'Show all containers, not only those that run'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l external -d 'Show containers of other tools too (there are none in rctr\'s store; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s l -l latest -d 'Show the one that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l no-trunc -d 'Do not shorten ids and commands'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l ns -d 'Show the namespaces of those that run'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s p -l pod -d 'Show the pods of containers (there are none; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s s -l size -d 'Show what the containers\' files take'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l sync -d 'Ask the kernel how the containers are (rctr always does; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand rename" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand rename" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand restart" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand restart" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand restart" -s t -l time -d 'Wait so many seconds before SIGKILL; -1 waits for ever [default: the container\'s own]' -r
complete -c rctr -n "__fish_rctr_using_subcommand restart" -s a -l all -d 'Restart all containers'
complete -c rctr -n "__fish_rctr_using_subcommand restart" -s l -l latest -d 'Restart the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand restart" -l running -d 'Restart all containers that run'
complete -c rctr -n "__fish_rctr_using_subcommand restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand rm" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand rm" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand rm" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand rm" -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand rm" -s t -l time -d 'With --force: wait so many seconds before a container is killed' -r
complete -c rctr -n "__fish_rctr_using_subcommand rm" -s a -l all -d 'Remove all containers'
complete -c rctr -n "__fish_rctr_using_subcommand rm" -s f -l force -d 'Stop those that run; it is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand rm" -s i -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand rm" -s l -l latest -d 'Remove the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand rm" -s v -l volumes -d 'Remove anonymous volumes (they always go; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand rmi" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand rmi" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand rmi" -s a -l all -d 'Remove all images'
complete -c rctr -n "__fish_rctr_using_subcommand rmi" -s f -l force -d 'Remove an id with all its names'
complete -c rctr -n "__fish_rctr_using_subcommand rmi" -s i -l ignore -d 'It is no error when there is no such image'
complete -c rctr -n "__fish_rctr_using_subcommand rmi" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c rctr -n "__fish_rctr_using_subcommand run" -l stop-signal -d 'Signal that asks it to stop' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l stop-timeout -d 'How long stop waits before it kills, in seconds; below zero is for ever [default: 10]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l timeout -d 'Kill it after so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l restart -d 'Start it again when it ends: no, on-failure[:COUNT], always or unless-stopped [default: no]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l umask -d 'File mode creation mask [default: 0022]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l tz -d 'Time zone, or local for the host\'s' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l health-cmd -d 'Program that tells by its exit code whether the container is well; none for no check' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l health-interval -d 'Time between two checks; disable for none by themselves [default: 30s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l health-retries -d 'So many failures in a row make it unhealthy [default: 3]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l health-timeout -d 'A check that takes longer has failed [default: 30s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l health-start-period -d 'Time after the start in which failures do not count [default: 0s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l health-start-interval -d 'Time between two checks in the start period [default: 5s]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l health-on-failure -d 'What becomes of it when it is unhealthy: none, kill, restart or stop [default: none]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l rootfs-backend -d 'How layers become one tree: overlay (the kernel\'s) or copy [default: what works here]' -r
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
complete -c rctr -n "__fish_rctr_using_subcommand run" -l log-driver -d 'Keep its output as k8s-file (the default), json-file, journald, none or passthrough' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l log-opt -d 'max-size=, max-file= (both rotate), path= or tag=' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -s a -l attach -d 'Pass on only stdin, stdout or stderr; once for each' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l detach-keys -d 'Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l sig-proxy -d 'Hand signals on to the container [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l preserve-fds -d 'Hand on so many file descriptors after 2' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l replace -d 'Remove a container of the same name first'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l rm -d 'Remove the container when it ends'
complete -c rctr -n "__fish_rctr_using_subcommand run" -s q -l quiet -d 'Say nothing but errors'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l dry-run -d 'Print what would be done, and do nothing'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l env-host -d 'Hand on the caller\'s whole environment'
complete -c rctr -n "__fish_rctr_using_subcommand run" -s i -l interactive -d 'Keep stdin open'
complete -c rctr -n "__fish_rctr_using_subcommand run" -s t -l tty -d 'Give it a terminal of its own'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l init -d 'Run an init as pid 1 that reaps and forwards signals'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l no-healthcheck -d 'Do without the image\'s check'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l rootfs -d 'Take a directory for the root file system, not an image; DIR:O discards what is written, / is the host\'s own'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l read-only -d 'Make the root file system read-only'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l no-hosts -d 'Leave /etc/hosts as the image has it'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l privileged -d 'Every capability of the container\'s user namespace, no filter, nothing hidden; never more than the caller may do'
complete -c rctr -n "__fish_rctr_using_subcommand run" -s d -l detach -d 'Leave the container running, and print its id'
complete -c rctr -n "__fish_rctr_using_subcommand run" -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand start" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand start" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand start" -l detach-keys -d 'Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]' -r
complete -c rctr -n "__fish_rctr_using_subcommand start" -s f -l filter -d 'Start only some: as for ps' -r
complete -c rctr -n "__fish_rctr_using_subcommand start" -l sig-proxy -d 'Hand signals on to the container [default: true with --attach]' -r
complete -c rctr -n "__fish_rctr_using_subcommand start" -l all -d 'Start all containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand start" -s a -l attach -d 'Stay, and pass its output and signals on'
complete -c rctr -n "__fish_rctr_using_subcommand start" -s i -l interactive -d 'Stay, and pass stdin on, too'
complete -c rctr -n "__fish_rctr_using_subcommand start" -s l -l latest -d 'Start the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand start" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand stats" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand stats" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand stats" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand stats" -s i -l interval -d 'Seconds between two looks' -r
complete -c rctr -n "__fish_rctr_using_subcommand stats" -l sort -d 'Order by cpu, mem, name or pids; the first three columns that one would look for' -r -f -a "cpu\t''
mem\t''
name\t''
pids\t''"
complete -c rctr -n "__fish_rctr_using_subcommand stats" -s a -l all -d 'Show all containers that run (as without any; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand stats" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand stats" -l no-reset -d 'Do not clear the screen between two looks'
complete -c rctr -n "__fish_rctr_using_subcommand stats" -l no-stream -d 'Look once'
complete -c rctr -n "__fish_rctr_using_subcommand stats" -l no-trunc -d 'Do not shorten ids'
complete -c rctr -n "__fish_rctr_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand stop" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand stop" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand stop" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s f -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s t -l time -d 'Wait so many seconds before SIGKILL; -1 waits for ever [default: what --stop-timeout of run said, else 10]' -r
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s a -l all -d 'Stop all running containers, but not those that are paused'
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s i -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s l -l latest -d 'Stop the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand tag" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand tag" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand tag" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand top" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand top" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand top" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand top" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand unpause" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand unpause" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand unpause" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand unpause" -s f -l filter -d 'Only those that fit, with podman\'s filters' -r
complete -c rctr -n "__fish_rctr_using_subcommand unpause" -s a -l all -d 'Unpause all paused containers'
complete -c rctr -n "__fish_rctr_using_subcommand unpause" -s l -l latest -d 'Take the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand unpause" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand untag" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand untag" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand untag" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand version" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand version" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand version" -s f -l format -d 'Print as json, or fill a Go template, like {{.Client.Version}}' -r
complete -c rctr -n "__fish_rctr_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand wait" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand wait" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand wait" -l condition -d 'Wait for this instead; several, also with commas between, are alternatives' -r
complete -c rctr -n "__fish_rctr_using_subcommand wait" -s i -l interval -d 'Time between two looks (rctr waits for events and never looks in vain; for scripts)' -r
complete -c rctr -n "__fish_rctr_using_subcommand wait" -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand wait" -s l -l latest -d 'Wait for the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "attach" -d 'Attach to a container that runs'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "completion" -d 'Print a completion script for a shell'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "container" -d 'Manage containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "create" -d 'Make a container without starting it'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "doctor" -d 'Check what this machine can do, and say how to mend the rest'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "exec" -d 'Run another program in a container that runs'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "healthcheck" -d 'Look at the health of a container'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "image" -d 'Manage images'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "images" -d 'List images'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "import" -d 'Make an image from a tarball of a root file system'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "info" -d 'Show what rctr knows of this machine and of its store'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "inspect" -d 'Print all about containers and images'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "kill" -d 'Send a signal to containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "load" -d 'Load images from an archive'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "logs" -d 'Show what containers have written'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "pause" -d 'Stop every process of containers, until they may go on'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "port" -d 'Show the ports of a container that are published'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "ps" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "rename" -d 'Give a container another name'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "restart" -d 'Stop containers and start them again'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "rm" -d 'Remove containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "rmi" -d 'Remove images'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "start" -d 'Start containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "stats" -d 'Show what containers use, again and again'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "stop" -d 'Stop containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "tag" -d 'Give an image another name'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "top" -d 'Show the processes of a container'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "unpause" -d 'Let the processes of paused containers go on'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "untag" -d 'Take names away from an image'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "version" -d 'Show the version of rctr'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "wait" -d 'Wait for the end of containers, and print their exit codes'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from attach completion container create doctor exec healthcheck image images import info inspect kill load logs pause port ps rename restart rm rmi run start stats stop tag top unpause untag version wait help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
