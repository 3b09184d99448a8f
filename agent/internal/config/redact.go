package config

import (
	"net/url"
	"regexp"
	"strings"
)

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

// Secrets are the passwords of a configuration, as they stand in it and as they are sent.
func (c *Config) Secrets() (out []string) {
	head, query, _ := strings.Cut(c.Redis.URL, "?")
	_, head, _ = strings.Cut(head, "://")
	if at := strings.LastIndexByte(head, '@'); at >= 0 { // a password may contain one
		_, password, _ := strings.Cut(head[:at], ":")
		out = secret(out, password, url.PathUnescape)
	}
	for option := range strings.SplitSeq(query, "&") {
		if key, value, _ := strings.Cut(option, "="); strings.HasSuffix(key, "password") {
			out = secret(out, value, url.QueryUnescape)
		}
	}
	return out
}

// secret appends a value, and what it means if that is another.
func secret(out []string, value string, unescape func(string) (string, error)) []string {
	if value == "" {
		return out
	}
	out = append(out, value)
	if plain, err := unescape(value); err == nil && plain != value {
		out = append(out, plain)
	}
	return out
}
