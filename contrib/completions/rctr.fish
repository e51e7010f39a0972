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
complete -c rctr -n "__fish_rctr_needs_command" -f -a "container" -d 'Manage containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "doctor" -d 'Check what this machine can do, and say how to mend the rest'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "image" -d 'Manage images'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "images" -d 'List images'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "import" -d 'Make an image from a tarball of a root file system'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "info" -d 'Show what rctr knows of this machine and of its store'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "inspect" -d 'Print all about containers, and about images where no container has the name'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "kill" -d 'Send a signal to the first process of containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "load" -d 'Load images from an archive'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "ps" -d 'List containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "rm" -d 'Remove containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "rmi" -d 'Remove images'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "stop" -d 'Stop containers'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "tag" -d 'Give an image another name'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "untag" -d 'Take names away from an image'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "version" -d 'Show the version of rctr'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "wait" -d 'Wait for the end of containers, and print their exit codes'
complete -c rctr -n "__fish_rctr_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand completion" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand completion" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "exists" -d 'Is a container there? Exits with 0 or 1'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "inspect" -d 'Print all about containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "kill" -d 'Send a signal to containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "ls" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "list" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "ps" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "prune" -d 'Remove containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "rm" -d 'Remove containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "stop" -d 'Stop containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "wait" -d 'Wait for the end of containers, and print their exit codes'
complete -c rctr -n "__fish_rctr_using_subcommand container; and not __fish_seen_subcommand_from exists inspect kill ls list ps prune rm run stop wait help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s s -l signal -d 'Name or number of the signal' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s a -l all -d 'Signal all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s l -l latest -d 'Signal the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Show only some: id=, name=, status=, label=, ancestor=, exited=, before=, since=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s n -l last -d 'Show the so many that were made last, also those that do not run' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l sort -d 'Order by command, created, id, image, names, runningfor or status' -r -f -a "command\t''
created\t''
id\t''
image\t''
names\t''
runningfor\t''
status\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s a -l all -d 'Show all containers, not only those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s l -l latest -d 'Show the one that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Do not shorten ids and commands'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s f -l filter -d 'Show only some: id=, name=, status=, label=, ancestor=, exited=, before=, since=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s n -l last -d 'Show the so many that were made last, also those that do not run' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l sort -d 'Order by command, created, id, image, names, runningfor or status' -r -f -a "command\t''
created\t''
id\t''
image\t''
names\t''
runningfor\t''
status\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s a -l all -d 'Show all containers, not only those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s l -l latest -d 'Show the one that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l no-trunc -d 'Do not shorten ids and commands'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s f -l filter -d 'Show only some: id=, name=, status=, label=, ancestor=, exited=, before=, since=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s n -l last -d 'Show the so many that were made last, also those that do not run' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l sort -d 'Order by command, created, id, image, names, runningfor or status' -r -f -a "command\t''
created\t''
id\t''
image\t''
names\t''
runningfor\t''
status\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s a -l all -d 'Show all containers, not only those that run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s l -l latest -d 'Show the one that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l no-trunc -d 'Do not shorten ids and commands'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from ps" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -l filter -d 'Remove only some: label=' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask (rctr never does; for scripts)'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from rm" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
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
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l sig-proxy -d 'Hand signals on to the container [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l stop-signal -d 'Signal that asks it to stop' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l timeout -d 'Kill it after so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l umask -d 'File mode creation mask [default: 0022]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l preserve-fds -d 'Hand on so many file descriptors after 2' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l tz -d 'Time zone, or local for the host\'s' -r
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
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l rootfs -d 'Take a directory for the root file system, not an image; DIR:O discards what is written, / is the host\'s own'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l read-only -d 'Make the root file system read-only'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l no-hosts -d 'Leave /etc/hosts as the image has it'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l privileged -d 'Every capability of the container\'s user namespace, no filter, nothing hidden; never more than the caller may do'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from run" -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s t -l time -d 'Wait so many seconds before SIGKILL; -1 waits for ever [default: 10]' -r
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s a -l all -d 'Stop all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s i -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s l -l latest -d 'Stop the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -s l -l latest -d 'Wait for the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Is a container there? Exits with 0 or 1'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Print all about containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "kill" -d 'Send a signal to containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove containers that do not run'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop containers'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "wait" -d 'Wait for the end of containers, and print their exit codes'
complete -c rctr -n "__fish_rctr_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c rctr -n "__fish_rctr_using_subcommand doctor" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand doctor" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand doctor" -l json -d 'Print the findings as JSON'
complete -c rctr -n "__fish_rctr_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c rctr -n "__fish_rctr_using_subcommand inspect" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand kill" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand kill" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand kill" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
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
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s f -l filter -d 'Show only some: id=, name=, status=, label=, ancestor=, exited=, before=, since=' -r
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l format -d 'Print json, or fill a Go template for each container' -r
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s n -l last -d 'Show the so many that were made last, also those that do not run' -r
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l sort -d 'Order by command, created, id, image, names, runningfor or status' -r -f -a "command\t''
created\t''
id\t''
image\t''
names\t''
runningfor\t''
status\t''"
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s a -l all -d 'Show all containers, not only those that run'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s l -l latest -d 'Show the one that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l no-trunc -d 'Do not shorten ids and commands'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -l noheading -d 'Leave the headings out'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s q -l quiet -d 'Print ids only'
complete -c rctr -n "__fish_rctr_using_subcommand ps" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand rm" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand rm" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand rm" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
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
complete -c rctr -n "__fish_rctr_using_subcommand run" -l sig-proxy -d 'Hand signals on to the container [default: true]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l stop-signal -d 'Signal that asks it to stop' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l timeout -d 'Kill it after so many seconds' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l umask -d 'File mode creation mask [default: 0022]' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l preserve-fds -d 'Hand on so many file descriptors after 2' -r
complete -c rctr -n "__fish_rctr_using_subcommand run" -l tz -d 'Time zone, or local for the host\'s' -r
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
complete -c rctr -n "__fish_rctr_using_subcommand stop" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand stop" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand stop" -l cidfile -d 'Read ids from a file that --cidfile of run has written' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s t -l time -d 'Wait so many seconds before SIGKILL; -1 waits for ever [default: 10]' -r
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s a -l all -d 'Stop all running containers'
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s i -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s l -l latest -d 'Stop the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rctr -n "__fish_rctr_using_subcommand tag" -l root -d 'Keep images and containers in DIR' -r -F
complete -c rctr -n "__fish_rctr_using_subcommand tag" -l log-level -d 'How much to say on stderr' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c rctr -n "__fish_rctr_using_subcommand tag" -s h -l help -d 'Print help'
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
complete -c rctr -n "__fish_rctr_using_subcommand wait" -l ignore -d 'It is no error when there is no such container'
complete -c rctr -n "__fish_rctr_using_subcommand wait" -s l -l latest -d 'Wait for the container that was made last'
complete -c rctr -n "__fish_rctr_using_subcommand wait" -s h -l help -d 'Print help'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "completion" -d 'Print a completion script for a shell'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "container" -d 'Manage containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "doctor" -d 'Check what this machine can do, and say how to mend the rest'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "image" -d 'Manage images'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "images" -d 'List images'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "import" -d 'Make an image from a tarball of a root file system'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "info" -d 'Show what rctr knows of this machine and of its store'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "inspect" -d 'Print all about containers and images'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "kill" -d 'Send a signal to containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "load" -d 'Load images from an archive'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "ps" -d 'List containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "rm" -d 'Remove containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "rmi" -d 'Remove images'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "run" -d 'Run a program in a new container'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "stop" -d 'Stop containers'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "tag" -d 'Give an image another name'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "untag" -d 'Take names away from an image'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "version" -d 'Show the version of rctr'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "wait" -d 'Wait for the end of containers, and print their exit codes'
complete -c rctr -n "__fish_rctr_using_subcommand help; and not __fish_seen_subcommand_from completion container doctor image images import info inspect kill load ps rm rmi run stop tag untag version wait help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
