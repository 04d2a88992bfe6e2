// RtlCore around one Verilated model; instantiated once for each configuration (models.cpp.in).
#pragma once

#include <algorithm>

#include "sim/rtl/event_counts.h"
#include "sim/rtl/final_stores.h"
#include "sim/rtl/memory_model.h"
#include "sim/rtl/printed.h"
#include "sim/rtl/rtl_core.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

namespace veil::sim::rtl {

template <typename Model>
class ModelCore final : public RtlCore {
 public:
  ModelCore(std::span<const uint8_t> dram, Host& host, const MemoryTiming& timing)
      : host_(host), memory_(dram, timing), model_(&context_) {
    context_.fatalOnError(false);
#if VM_TRACE
    context_.traceEverOn(true);
#endif
    reset();
  }
  ~ModelCore() override { model_.final(); }

  void reset() override {
    model_.rst_ni = 0;
    model_.dram_pages_i = static_cast<uint32_t>(memory_.bytes().size() >> 12);
    for (unsigned i = 0; i < 4; i++) edge();
    model_.rst_ni = 1;
  }

  bool clock(GroupRecord& record) override {
    const MemoryModel::Answer answer = memory_.cycle(cycles_, model_.wb_stb_o != 0, model_.wb_we_o != 0,
                                                     model_.wb_adr_o << 2, model_.wb_dat_o, model_.wb_sel_o);
    model_.wb_ack_i = answer.ack;
    model_.wb_dat_i = answer.data;
    serve_host();
    edge();
    if (context_.gotError()) note_failures();
    cycles_++;
    count();
    if (model_.trace_valid_o == 0) return false;
    fill(record);
    return true;
  }

  uint64_t cycles() const override { return cycles_; }
  const std::vector<Failure>& failures() const override { return failures_; }
  PipeCycle pipe() const override { return {static_cast<uint16_t>(model_.pipe_o), model_.pipe_pc_o}; }
  void set_interrupts(uint32_t lines) override {
    model_.irq_timer_i = lines >> static_cast<unsigned>(isa::Interrupt::timer) & 1;
    model_.irq_external_i = lines >> static_cast<unsigned>(isa::Interrupt::external) & 1;
  }

  uint64_t counter(isa::Counter which, unsigned tier) const override {
    settle();
    return tier < kTiers ? counters_[tier][static_cast<unsigned>(which)] : 0;
  }
  uint64_t counter(isa::Counter which) const override {
    uint64_t sum = 0;
    for (unsigned tier = 0; tier < kTiers; tier++) {
      const uint64_t value = counter(which, tier);
      sum = which == isa::Counter::store_buffer_high ? std::max(sum, value) : sum + value;
    }
    return sum;
  }

  void read_dram(uint32_t address, std::span<uint8_t> bytes) const override {
    const std::vector<uint8_t>& all = memory_.bytes();
    for (size_t i = 0; i < bytes.size(); i++) bytes[i] = address + i < all.size() ? all[address + i] : 0;
    stores_.overlay(address, bytes);
  }

  size_t dram_size() const override { return memory_.bytes().size(); }

  bool set_wave(const std::string& file, uint64_t from_cycle, uint64_t for_cycles) override {
#if VM_TRACE
    wave_from_ = from_cycle;
    wave_to_ = for_cycles == 0 ? ~uint64_t{0} : from_cycle + for_cycles;
    wave_file_ = file;
    return true;
#else
    (void)file, (void)from_cycle, (void)for_cycles;
    return false;
#endif
  }

 private:
  void edge() {
    model_.clk_i = 1;
    model_.eval();
    wave(1);
    model_.clk_i = 0;
    model_.eval();
    wave(0);
  }

  void note_failures() {
    context_.gotError(false);
    context_.gotFinish(false);
    add_failures(take_printed(), cycles_, failures_);
  }

  void wave([[maybe_unused]] unsigned phase) {
#if VM_TRACE
    if (wave_to_ == 0) return;
    if (cycles_ == wave_from_ && phase == 1) {
      model_.trace(&vcd_, 99);
      vcd_.open(wave_file_.c_str());
    }
    if (cycles_ >= wave_from_ && cycles_ < wave_to_) vcd_.dump(cycles_ * 2 + (phase == 1 ? 0 : 1));
    if (cycles_ == wave_to_ && phase == 1) vcd_.close();
#endif
  }

  void serve_host() {
    const bool acked = model_.host_ack_i != 0;
    model_.host_ack_i = 0;
    if (model_.host_req_o == 0 || acked) return;
    if (model_.host_we_o != 0) {
      host_.write(model_.host_addr_o, model_.host_wdata_o);
    } else {
      model_.host_rdata_i = host_.read(model_.host_addr_o);
    }
    model_.host_ack_i = 1;
  }

  void count() {
    if (model_.tier_o != tier_ || events_.full()) {
      settle();
      tier_ = model_.tier_o;
    }
    events_.add(model_.events_o);
    if (model_.store_depth_o > depth_) depth_ = model_.store_depth_o;
  }

  void settle() const {
    events_.flush(counters_[tier_]);
    uint64_t& high = counters_[tier_][static_cast<unsigned>(isa::Counter::store_buffer_high)];
    high = std::max<uint64_t>(high, depth_);
  }

  static constexpr uint32_t bits(uint32_t word, unsigned low, unsigned width) {
    return word >> low & ((1u << width) - 1);
  }

  // Places of trace_status_o: veil_sim_top.sv.
  void fill(GroupRecord& r) {
    const uint32_t status = model_.trace_status_o;
    r = {};
    r.pc = model_.trace_pc_o;
    r.next_pc = model_.trace_next_pc_o;
    r.operations = static_cast<uint8_t>(bits(status, 0, 3));
    r.speculative = bits(status, 3, 1) != 0;
    r.committed = bits(status, 4, 1) != 0;
    r.commit_count = static_cast<uint8_t>(bits(status, 5, 5));
    r.rolled_back = bits(status, 10, 1) != 0;
    // A write to xtier shows before its group retires; the record wants the tier in which the group started.
    r.tier = static_cast<uint8_t>(record_tier_);
    record_tier_ = tier_;
    if (bits(status, 11, 1) != 0) {
      const uint32_t cause = bits(status, 14, 6) | (bits(status, 13, 1) != 0 ? isa::kInterrupt : 0);
      r.trap = {true, bits(status, 12, 1) != 0, cause, r.pc, model_.trace_tval_o};
    }
    const uint32_t values[] = {model_.trace_value0_o, model_.trace_value1_o, model_.trace_value2_o,
                               model_.trace_value3_o};
    for (unsigned l = 0; l < 4; l++) {
      if ((model_.trace_reg_we_o >> l & 1) == 0) continue;
      r.regs[r.reg_count++] = {static_cast<uint8_t>(bits(model_.trace_reg_o, l * 8, 5)), values[l]};
    }
    for (unsigned n = 0; n < 3; n++) {
      if (bits(status, 20 + n, 1) == 0) continue;
      r.flags[r.flag_count++] = {static_cast<uint8_t>(n + 1),
                                 static_cast<uint8_t>(bits(model_.trace_flags_o, n * 6, 6))};
    }
    if (bits(status, 23, 1) != 0) {
      const bool store = bits(status, 24, 1) != 0;
      r.mem.kind = store ? MemKind::store : MemKind::load;
      r.mem.gated = store && bits(status, 25, 1) != 0;
      r.mem.bytes = static_cast<uint8_t>(1u << bits(status, 26, 2));
      r.mem.address = model_.trace_mem_phys_o;
      r.mem.address2 = model_.trace_mem_phys2_o;
      if (store)
        r.mem.data = r.mem.bytes == 4 ? model_.trace_mem_data_o : bits(model_.trace_mem_data_o, 0, r.mem.bytes * 8);
    }
    if (bits(status, 28, 1) != 0) r.csr = {true, static_cast<uint16_t>(model_.trace_csr_o), model_.trace_csr_value_o};
    stores_.retired(r.mem, bits(status, 29, 1) != 0, bits(status, 30, 1) != 0,
                    static_cast<uint32_t>(memory_.bytes().size()));
    CounterArray& c = counters_[tier_];
    c[static_cast<unsigned>(isa::Counter::operations)] += r.operations;
    c[static_cast<unsigned>(isa::Counter::guest_instructions)] += r.commit_count;
  }

  Host& host_;
  MemoryModel memory_;
  FinalStores stores_;
  VerilatedContext context_;
  Model model_;
#if VM_TRACE
  VerilatedVcdC vcd_;
#endif
  std::vector<Failure> failures_;
  std::string wave_file_;
  uint64_t wave_from_ = 0, wave_to_ = 0;
  uint64_t cycles_ = 0;
  unsigned tier_ = 0, record_tier_ = 0, depth_ = 0;
  mutable EventCounts events_;
  mutable std::array<CounterArray, kTiers> counters_{};
};

}  // namespace veil::sim::rtl
