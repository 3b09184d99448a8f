package config

import "regexp"

var (
	credentials = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"']*@`)
	secrets     = regexp.MustCompile(`(?i)((?:pass(?:word|wd)?|secret|token|auth)["']?\s*[=:]\s*)` +
		`("[^"]*"|'[^']*'|[^\s"'&,}]+)`)
)

// Redact hides what is secret in any text: the credentials of URLs, and the values of keys that are called so.
func Redact(text string) string {
	text = credentials.ReplaceAllString(text, "${1}***@")
	return secrets.ReplaceAllString(text, "${1}***")
}

// Secrets are the passwords of a configuration, as they stand in it.
func (c *Config) Secrets() (out []string) {
	for _, m := range userinfo.FindAllStringSubmatch(c.Redis.URL, -1) {
		if m[1] != "" {
			out = append(out, m[1])
		}
	}
	for _, m := range passwordOption.FindAllStringSubmatch(c.Redis.URL, -1) {
		out = append(out, m[1])
	}
	return out
}

var (
	userinfo       = regexp.MustCompile(`://[^:@/]*:([^/]*)@`)
	passwordOption = regexp.MustCompile(`[?&][a-z_]*password=([^&]+)`)
)
