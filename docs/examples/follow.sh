#!/usr/bin/env bash
# Follows events with curl, and goes on behind the last one after every break, its own end included.
# KEY=… BASE=http://127.0.0.1:4700 bash follow.sh <file for the cursor>
set -o pipefail
cursor_file=$1
while true; do
  resume=()
  if [[ -s $cursor_file ]]; then resume=(-H "Last-Event-ID: $(< "$cursor_file")"); fi
  curl --silent --no-buffer --fail -H "Authorization: Bearer $KEY" -H 'Accept: text/event-stream' "${resume[@]}" \
    "${BASE:-http://127.0.0.1:4700}/v1/events" |
    while IFS= read -r line; do
      case $line in
        'id: '*) id=${line#id: } ;;
        'data: '*)
          # What has no id is the stream's own: that it ends, and why.
          if [[ -z $id ]]; then printf '%s\n' "${line#data: }" >&2; continue; fi
          # Ended between these two lines, it prints the event again when it is run again: the event's id tells.
          printf '%s\n' "${line#data: }"
          printf '%s' "$id" > "$cursor_file.new" && mv "$cursor_file.new" "$cursor_file"
          id=
          ;;
      esac
    done
  if [[ $? -eq 22 ]]; then
    echo 'Refused: a wrong key, or (410) a cursor that has expired. Then read the resources anew and remove the file.' >&2
    exit 1
  fi
  sleep 1
done
