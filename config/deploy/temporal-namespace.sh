#!/bin/sh
# Create the namespace of the cases and what they can be searched by; changes nothing when all is there.
set -eu

temporal operator namespace describe --namespace "$PURR_TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$PURR_TEMPORAL_NAMESPACE" --retention 720h

tries=0
until temporal operator search-attribute list --namespace "$PURR_TEMPORAL_NAMESPACE" >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || { echo "the namespace $PURR_TEMPORAL_NAMESPACE does not answer" >&2; exit 1; }
  sleep 1
done

for attribute in Creditor=Keyword Debtor=Keyword Country=Keyword Segment=Keyword Step=Keyword \
  AmountDue=Double DueDate=Datetime NextActionAt=Datetime OnHold=Bool Flag=Keyword Outcome=Keyword CustomerNumber=Keyword; do
  temporal operator search-attribute create --namespace "$PURR_TEMPORAL_NAMESPACE" \
    --name "${attribute%=*}" --type "${attribute#*=}"
done
