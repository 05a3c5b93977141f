# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for passthru-setup, which says itself what may come: src/cli/complete.h.

function __passthru_setup
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] complete -- $words[2..-1] 2>/dev/null)
    set -l kind (string split -m 1 ' ' -- $found[1])
    set -l rest (string sub -s (math 1 + (string length -- "$kind[2]")) -- $words[-1])
    switch "$kind[1]"
        case :files
            printf '%s\n' $kind[2](__fish_complete_path $rest)
        case :directories
            printf '%s\n' $kind[2](__fish_complete_directories $rest)
        case '*'
            set -e found[1]
            string join -- \n $found
    end
end

complete -c passthru-setup -f -a '(__passthru_setup)'
