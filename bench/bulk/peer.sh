# One question to ../shared/bench about a case; its scripts stay as they are.
# usage: bash -c "$(cat peer.sh)" peer FOLDER prepare|command|table CASE [latest|bulk N]
set -u
. "$1/env.sh"
. "$1/cases.sh"
case $2 in
prepare) case_prepare "$3" ;;
table) case_table "$3" ;;
command) # the arguments, an empty one, and the environment, all ended by NUL
	case_cmd "$3" "$4" "$5" && printf '%s\0' "${CMD[@]}" && printf '\0' && env -0
	;;
esac
