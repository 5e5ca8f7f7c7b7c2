# Completion of `linewatch` for fish: what bash offers for the same words.
function __linewatch_offers
	set -l bash_file /usr/share/bash-completion/completions/linewatch
	set -q LINEWATCH_BASH_COMPLETION; and set bash_file $LINEWATCH_BASH_COMPLETION
	bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _linewatch
		printf "%s\n" "${COMPREPLY[@]}"' bash $bash_file (commandline -opc) (commandline -ct)
end
complete -c linewatch -f -a '(__linewatch_offers)'
