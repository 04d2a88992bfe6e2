# Thin front of the build: each target is a line or two; the work is in tools/setup, CMake and the veil command.
# `make help` lists the targets: the text after `##`.
BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CONFIG ?= w4
BOARD ?= ulx3s
export CCACHE_SLOPPINESS := pch_defines,time_macros

.DEFAULT_GOAL := help
.PHONY: help setup configure build run test check lint format synth campaign inject attack mutate assertions formal bench cliffs netlist bitstream flash boards boards-all \
  docs clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing: Debian packages, pinned PyPI tools in build/venv
	@tools/setup

configure: setup
	@grep -qs '^VEIL_TESTS:BOOL=ON' $(BUILD)/CMakeCache.txt && test -f $(BUILD)/build.ninja || cmake -S . -B $(BUILD) -G Ninja -DVEIL_TESTS=ON

build: configure ## the veil command (build/veil), the firmware, the guest programs, the tests
	@cmake --build $(BUILD) --parallel $(JOBS)

# Only what the demonstration needs; the guest that has passed its own checks leaves with status 33
# (bench/runtime/include/guest.h).
run: ## demonstration guest on the Verilated W4 core, in lockstep with the ISS and an independent x86
	@echo "[1/3] setup: packages and tools"
	@tools/setup --run
	@echo "[2/3] build: the veil command, its firmware, the $(CONFIG) core"
	@test -f $(BUILD)/build.ninja || cmake -S . -B $(BUILD) -G Ninja -DVEIL_TESTS=OFF
	@cmake --build $(BUILD) --parallel $(JOBS) --target veil veil_firmware veil_rtl_$(CONFIG) guest_demo_O2
	@echo "[3/3] run: veil run --demo --config $(CONFIG)"
	@$(BUILD)/veil run --demo --config $(CONFIG); test $$? -eq 33

test: build ## all tests, lint among them
	ctest --test-dir $(BUILD) --output-on-failure --parallel $(JOBS) $(CTEST_ARGS)

lint: build ## layout, words, clang-tidy, Verible, Verilator, include direction
	@tools/lint --build $(BUILD) all

format: ## lay out the C++ sources with clang-format
	@tools/lint format

synth: build ## LUT4, LUT-RAM, block RAM, DSP of the core on ECP5 at W = 1, 2, 4; PNR=1: routed fmax too
	@tools/setup --synth
	@rtl/synth/run --build $(BUILD) $(if $(filter 1,$(PNR)),--pnr)

campaign: build ## random C programs, as many as MINUTES=10 allow
	python3 -B tests/fuzz/csmith_campaign.py --toolchain $(BUILD)/tests/fuzz --veil $(BUILD)/veil --minutes $(or $(MINUTES),10)

mutate: build ## mutants of the translator and of the core: the tests must notice 95 % of them
	@python3 -B tests/mutation/translator.py --build $(BUILD) --jobs $(JOBS)
	@python3 -B tests/mutation/rtl.py --build $(BUILD) --jobs $(JOBS)

assertions: build ## the assertions of the RTL, each under a fault that it must notice
	@python3 -B tests/mutation/assertions.py --build $(BUILD) --jobs $(JOBS)

formal: build ## proofs of the concealment guard, and longer runs from reset than the tests look at
	@python3 -B tests/formal/run.py --build $(BUILD)
	@python3 -B tests/formal/run.py --build $(BUILD) --guards
	@python3 -B tests/formal/run.py --build $(BUILD) --task deep

inject: build ## an interrupt after every instruction of a program in turn, in gear 1 and gear 2 (some ten minutes)
	python3 -B tests/system/inject.py --veil $(BUILD)/veil --variant iss:gear1 --variant iss:hot1 $(BUILD)/tests/guest/inject.elf
	python3 -B tests/system/inject.py --veil $(BUILD)/veil --stride 97 --variant w1:gear1 --variant w4:hot1 $(BUILD)/tests/guest/inject.elf

# every_frame and sweep with 1021: each of the 2^20 frames. strings moves too much for the RTL: hours.
attack: build ## attacks on concealed memory: every page, every frame number, on the ISS; a sample on the RTL
	python3 -B tests/system/attack.py --veil $(BUILD)/veil --scale 64 --variant iss:gear1 --variant iss:hot1 $(BUILD)/tests/guest/attack.elf
	python3 -B tests/system/attack.py --veil $(BUILD)/veil --scale 1021 --timeout 3600 --attack every_frame --attack sweep \
	  --variant iss:hot1 $(BUILD)/tests/guest/attack.elf
	python3 -B tests/system/attack.py --veil $(BUILD)/veil --timeout 1800 --skip strings --variant iss:hot1 --variant rtl-w1:gear2 --variant rtl-w4:hot1 \
	  $(BUILD)/tests/guest/attack.elf

# Its host time is measured, too: the model without assertions.
first-config = $(if $(filter all,$(CONFIG)),w4,$(firstword $(subst $(comma), ,$(CONFIG))))
comma := ,
bench: build ## what guest programs cost on the core, beside targets and other cores; CONFIG=all: W = 1 and 2 too; CHECK=1; WHOLE=1: whole runs
	$(if $(filter iss,$(ENGINE)),,@cmake --build $(BUILD) --parallel $(JOBS) --target veil_rtl_$(first-config)_fast)
	@tools/bench --build $(BUILD) --engine $(or $(ENGINE),rtl) --config $(CONFIG) --jobs $(JOBS) $(if $(filter 1,$(CHECK)),--check) $(if $(filter 1,$(WHOLE)),--whole)

cliffs: build ## operations and layouts that once cost many times what a user expects: bound and figure (bench/cliffs); CHECK=1
	@tools/cliffs --build $(BUILD) --jobs $(JOBS) $(if $(filter 1,$(CHECK)),--check)

# A board has a configuration of its own choice: CONFIG counts here only when it is given.
board-config = $(if $(filter file,$(origin CONFIG)),,--config $(CONFIG))
.PHONY: board-sources
board-sources: configure
	@tools/setup --synth
	@cmake --build $(BUILD) --target veil_isa_gen veil_boot_rom --parallel $(JOBS)

bitstream: board-sources ## bitstream of BOARD=ulx3s [CONFIG=w4] [ARGS="--seeds 1 2"], its report; fails when it misses its clock
	@python3 -B boards/build $(BOARD) $(board-config) --build $(BUILD) $(ARGS)

flash: setup ## send BOARD=ulx3s [CONFIG=w4] its bitstream; PERMANENT=1: it keeps it
	@python3 -B boards/flash $(BOARD) $(board-config) --build $(BUILD) $(if $(filter 1,$(PERMANENT)),--permanent)

boards: ## boards, configurations, clocks, sizes, and what was tested where
	@python3 -B boards/table --build $(BUILD)

boards-all: board-sources ## bitstreams of all boards and configurations; writes the table of docs/internals/boards.md (an hour or two)
	@python3 -B boards/table --sweep --build $(BUILD) $(ARGS)

# The whole image from an SD card, at some fifty thousand cycles a second; another guest from other power-ons; unknown values.
netlist: build ## what synthesis makes of the ULX3S with W1: boot ROM, firmware and guests run on it as on the ISS (half an hour)
	@cmake --build $(BUILD) --target netlist_run
	python3 -B tests/system/board_state.py --veil $(BUILD)/veil --runner $(BUILD)/tests/system/netlist_run --few 8 \
	  --seed 0 --seed 1 --seed 2 --append n=1 $(BUILD)/bench/divide.elf
	python3 -B tests/system/power_on.py --netlist $(BUILD)/boards/netlist/netlist.v
	python3 -B tests/system/board_state.py --veil $(BUILD)/veil --runner $(BUILD)/tests/system/netlist_run --card --seed 7 \
	  --append n=1 $(BUILD)/bench/divide.elf

docs: build ## generated reference pages, in build/gen/docs
	@cmake --build $(BUILD) --target docs

clean: ## remove what was built (the tools in build/venv stay)
	@test ! -d $(BUILD) || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name venv ! -name '.setup-*' -exec rm -rf {} +

distclean: ## remove everything that is not source
	@rm -rf $(BUILD)
