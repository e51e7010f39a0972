# fish completion for rctr. Every TAB asks rctr itself: names of containers and images complete too.

function __rctr_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l rctr $words[1]
    test (path basename -- $rctr) = rctr; or set rctr rctr
    for line in ($rctr __complete -- $words[2..-1] $token 2>/dev/null)
        if test "$line" = :files
            set -l flag (string match -r -- '^-[^=]*=' $token)
            printf "$flag%s\n" (__fish_complete_path (string replace -r -- '^-[^=]*=' '' $token))
        else
            echo -- $line
        end
    end
end

complete -c rctr -f -a '(__rctr_complete)'
