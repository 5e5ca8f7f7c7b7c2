# Completion of `linewatch` for bash. Names of centres and devices are asked of the collector.
_linewatch_ids() {
	timeout 2 linewatch devices --json 2>/dev/null | jq -r '.devices[].id' 2>/dev/null
}

_linewatch_sites() {
	timeout 2 linewatch status --json 2>/dev/null | jq -r '.sites[].id' 2>/dev/null
}

_linewatch_incidents() {
	timeout 2 linewatch incidents --json 2>/dev/null | jq -r '.incidents[].incident' 2>/dev/null
}

_linewatch() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word command=
	local commands shared="--json --lang --url --token-file --help"
	commands=$(linewatch --lang en --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p')
	for word in "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
		case " $(echo $commands) " in *" $word "*) command=$word; break ;; esac
	done
	case $prev in
	--lang) COMPREPLY=($(compgen -W "vi en" -- "$cur")); return ;;
	--severity) COMPREPLY=($(compgen -W "warning minor major critical" -- "$cur")); return ;;
	--role) COMPREPLY=($(compgen -W "watcher technician admin auditor" -- "$cur")); return ;;
	--class) COMPREPLY=($(compgen -W "ups headset phone pbx trunk ivr service workstation link network" -- "$cur")); return ;;
	--site) COMPREPLY=($(compgen -W "$(_linewatch_sites)" -- "$cur")); return ;;
	--token-file | --password-file | --db | --ca | --ca-key | --config | --store | --archive) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--out) COMPREPLY=($(compgen -d -- "$cur")); return ;;
	esac
	case $command in
	"") COMPREPLY=($(compgen -W "$commands $shared" -- "$cur")) ;;
	status) COMPREPLY=($(compgen -W "--watch $shared" -- "$cur")) ;;
	alarms) COMPREPLY=($(compgen -W "--site --severity $shared" -- "$cur")) ;;
	incidents) COMPREPLY=($(compgen -W "--all --site $shared $(_linewatch_incidents)" -- "$cur")) ;;
	ack) COMPREPLY=($(compgen -W "--for --by --take --note --shelve $shared $(_linewatch_incidents)" -- "$cur")) ;;
	maintenance) COMPREPLY=($(compgen -W "add end --from --until --for --reason $shared $(_linewatch_ids)" -- "$cur")) ;;
	silence) COMPREPLY=($(compgen -W "add end --code --from --until --for --reason --by $shared $(_linewatch_ids)" -- "$cur")) ;;
	oncall) COMPREPLY=($(compgen -W "swap holiday cancel --from --until --for --reason --people --shift $shared" -- "$cur")) ;;
	devices) COMPREPLY=($(compgen -W "--site --class $shared $(_linewatch_ids)" -- "$cur")) ;;
	history) COMPREPLY=($(compgen -W "--from --to --step --csv $shared $(_linewatch_ids)" -- "$cur")) ;;
	uptime) COMPREPLY=($(compgen -W "--month --from --to --site --all --csv --trace $shared" -- "$cur")) ;;
	export) COMPREPLY=($(compgen -W "--archive --store --from --to $shared" -- "$cur")) ;;
	import | backup) COMPREPLY=($(compgen -f -W "--store $shared" -- "$cur")) ;;
	doctor) COMPREPLY=($(compgen -W "--quarantine --store $shared" -- "$cur")) ;;
	verify) COMPREPLY=($(compgen -W "--store $shared" -- "$cur")) ;;
	user) COMPREPLY=($(compgen -W "list audit add passwd remove token --db --role --password-file --days $shared" -- "$cur")) ;;
	enrol) COMPREPLY=($(compgen -W "--ca --ca-key --out --days --force $shared" -- "$cur")) ;;
	replay) COMPREPLY=($(compgen -f -W "--config $shared" -- "$cur")) ;;
	*) COMPREPLY=($(compgen -W "$shared" -- "$cur")) ;;
	esac
}
complete -F _linewatch linewatch
