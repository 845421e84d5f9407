#!/usr/bin/env bash
# Invites somebody to manage an account: infra/admin.sh STAGE ACCOUNT EMAIL
set -euo pipefail
if [ $# -ne 3 ] || [[ ! $2 =~ ^[A-Za-z0-9_-]+$ ]] || [[ $3 != *@* ]]; then
	echo 'usage: make admin STAGE=dev ACCOUNT=<letters, digits, - and _> EMAIL=<address>' >&2
	exit 2
fi
stage=$1 email=$3 group="account:$2:admin"

pool=$(aws cloudformation describe-stacks --stack-name "private-integrations-$stage" \
	--query "Stacks[0].Outputs[?OutputKey=='UserPoolId'].OutputValue" --output text)
if [ -z "$pool" ] || [ "$pool" = None ]; then
	echo "Stage $stage has no user pool: its own issuer says who manages what." >&2
	exit 1
fi

# What is there already is as good as made.
unless() {
	local exception=$1 answer
	shift
	answer=$("$@" 2>&1) || [[ $answer == *"$exception"* ]] || { echo "$answer" >&2; return 1; }
}
unless GroupExistsException aws cognito-idp create-group --user-pool-id "$pool" --group-name "$group"
unless UsernameExistsException aws cognito-idp admin-create-user --user-pool-id "$pool" --username "$email" \
	--user-attributes "Name=email,Value=$email" Name=email_verified,Value=true --desired-delivery-mediums EMAIL
aws cognito-idp admin-add-user-to-group --user-pool-id "$pool" --username "$email" --group-name "$group"
echo "$email is in $group. New users have got a password by e-mail."
