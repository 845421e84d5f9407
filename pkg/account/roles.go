package account

import "strings"

// RolesOf reads a membership claim: texts "account:<id>:admin" and
// "account:<id>:staff" with spaces or commas between, also within brackets, as
// an HTTP API hands over a list. What is no membership is left out; of two roles
// in one account the greater counts.
func RolesOf(claim string) map[string]Role {
	values := strings.FieldsFunc(strings.Trim(claim, "[]"), func(r rune) bool { return r == ' ' || r == ',' })
	roles := make(map[string]Role, len(values))
	for _, v := range values {
		parts := strings.Split(v, ":")
		if len(parts) != 3 || parts[0] != "account" || parts[1] == "" {
			continue
		}
		switch role := Role(parts[2]); role {
		case RoleAdmin:
			roles[parts[1]] = role
		case RoleStaff:
			if _, known := roles[parts[1]]; !known {
				roles[parts[1]] = role
			}
		}
	}
	return roles
}
