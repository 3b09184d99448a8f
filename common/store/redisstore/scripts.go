package redisstore

import (
	"embed"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts. All but init, info, hold and swap need an initialised store.
var (
	initScript     = script("init", false)
	infoScript     = script("info", false)
	commitScript   = script("commit", true)
	pollScript     = script("poll", true)
	getScript      = script("get", true)
	readScript     = script("read", true)
	scopeScript    = script("scope", true)
	lookupScript   = script("lookup", true)
	freeScript     = script("free", true)
	sequenceScript = script("sequence", true)
	beatScript     = script("beat", true)
	beatsScript    = script("beats", true)
	unbeatScript   = script("unbeat", true)
	imageScript    = script("image", true)
	holdScript     = script("hold", false)
	swapScript     = script("swap", false)
)

func script(name string, ready bool) *redis.Script {
	src := lua("prelude")
	if ready {
		src += lua("ready")
	}
	return redis.NewScript(src + lua(name))
}

func lua(name string) string {
	b, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic("redisstore: script not embedded: " + name)
	}
	return string(b)
}
