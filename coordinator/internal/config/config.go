// Package config is the coordinator's configuration file: where the store is, so that neither every command nor the
// unit has to be told.
//
//	--redis, else VLCP_REDIS, else /etc/vlcp/coordinator.yaml, else the default
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/vlcp-go/vlcp/common/telemetry"
	"github.com/vlcp-go/vlcp/common/yamlconf"
)

// Defaults and the names of the environment.
const (
	DefaultPath  = "/etc/vlcp/coordinator.yaml"
	EnvPath      = "VLCP_COORDINATOR_CONFIG"
	EnvRedis     = "VLCP_REDIS"
	DefaultRedis = "redis://127.0.0.1:6379/0"
)

// Config is the file.
type Config struct {
	Redis Redis `yaml:"redis"`
	Log   Log   `yaml:"log"`
}

// Redis is where the definitions are.
type Redis struct {
	URL  string `yaml:"url"`
	Name string `yaml:"name"` // of the deployment, when several share a server
	// Durable is how many replicas must have a commit before a command says that it is done.
	Durable int `yaml:"durable"`
}

// Log is what `serve` logs and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // auto, text, json, journal
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{Redis: Redis{URL: DefaultRedis}, Log: Log{Level: "info", Format: telemetry.FormatAuto}}
}

// Load reads the file at path; "" means the one that getenv names, else DefaultPath, which need not exist. The
// environment's address of the store goes before the file's, and is enough for those who may not read the file.
func Load(path string, getenv func(string) string) (Config, error) {
	c := Default()
	named := path != ""
	if !named {
		if path = getenv(EnvPath); path == "" {
			path = DefaultPath
		} else {
			named = true
		}
	}
	redis := getenv(EnvRedis)
	b, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := yamlconf.Decode(path, b, &c); err != nil {
			return c, err
		}
	case !named && (errors.Is(err, fs.ErrNotExist) || redis != ""):
	case errors.Is(err, fs.ErrPermission):
		return c, fmt.Errorf("%w: join the group vlcp, or say where the store is with --redis or %s", err, EnvRedis)
	default:
		return c, fmt.Errorf("read configuration: %w", err)
	}
	if redis != "" {
		c.Redis.URL = redis
	}
	if c.Redis.URL == "" {
		return c, fmt.Errorf("%s: redis.url: is empty, write for example %s", path, DefaultRedis)
	}
	if c.Redis.Durable < 0 {
		return c, fmt.Errorf("%s: redis.durable: %d replicas: write 0 for none", path, c.Redis.Durable)
	}
	if _, err := telemetry.ParseLevel(c.Log.Level); err != nil {
		return c, fmt.Errorf("%s: log.level: %w", path, err)
	}
	return c, nil
}
