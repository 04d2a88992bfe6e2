// Configuration of the proofs: the real modules with small tables, so that the solver sees every entry used.
package formal_pkg;
  localparam veil_config_pkg::config_t SmallConfig = '{
      width: 1,
      icache_bytes: 1024,
      dcache_bytes: 1024,
      tlb_entries: 8,
      tlb2_entries: 8,
      store_buffer: 4,
      alias_entries: 2,
      jump_table: 2,
      branch_history: 0,
      return_stack: 0,
      counters: 1'b0
  };
endpackage
