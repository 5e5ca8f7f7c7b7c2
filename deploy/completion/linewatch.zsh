#compdef linewatch
# Completion of `linewatch` for zsh: that of bash, through zsh's own bridge.
autoload -U +X bashcompinit && bashcompinit
source ${LINEWATCH_BASH_COMPLETION:-/usr/share/bash-completion/completions/linewatch}
_bash_complete -F _linewatch
