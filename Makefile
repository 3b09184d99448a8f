# The packages that are finished; the others are being written and join as they land.
READY = ./common/store/... ./common/telemetry/... ./agent/internal/vport/... ./agent/internal/reconcile/... ./agent/internal/pipeline/...

.PHONY: test
test:
	go vet $(READY)
	go test $(READY)
