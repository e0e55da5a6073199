// The functions of libwasmtime's C API that running a component takes (headers wasmtime/component/*.h, 50.0). Each costs
// time to bind, in every call: those which only a compilation takes are in compiler_symbols.ts.
//
// Addresses are passed as u64, since values are built in native memory by address.

export const symbols = {
  wasm_config_new: { parameters: [], result: "pointer" },
  wasm_engine_new_with_config: { parameters: ["pointer"], result: "pointer" },
  wasm_engine_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_config_consume_fuel_set: { parameters: ["pointer", "bool"], result: "void" },
  wasmtime_config_max_wasm_stack_set: { parameters: ["pointer", "usize"], result: "void" },
  wasmtime_config_wasm_component_model_set: { parameters: ["pointer", "bool"], result: "void" },
  wasmtime_store_new: { parameters: ["pointer", "pointer", "pointer"], result: "pointer" },
  wasmtime_store_context: { parameters: ["pointer"], result: "pointer" },
  wasmtime_store_limiter: { parameters: ["pointer", "i64", "i64", "i64", "i64", "i64"], result: "void" },
  wasmtime_store_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_context_set_fuel: { parameters: ["pointer", "u64"], result: "pointer" },
  wasmtime_context_get_fuel: { parameters: ["pointer", "buffer"], result: "pointer" },
  wasmtime_error_new: { parameters: ["buffer"], result: "pointer" },
  wasmtime_error_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_error_message: { parameters: ["pointer", "buffer"], result: "void" },
  wasmtime_component_deserialize_file: { parameters: ["pointer", "buffer", "buffer"], result: "pointer" },
  wasmtime_component_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_component_linker_new: { parameters: ["pointer"], result: "pointer" },
  wasmtime_component_linker_root: { parameters: ["pointer"], result: "pointer" },
  wasmtime_component_linker_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_component_linker_instantiate: { parameters: ["pointer", "pointer", "pointer", "buffer"], result: "pointer" },
  wasmtime_component_linker_instance_add_instance: {
    parameters: ["pointer", "buffer", "usize", "buffer"],
    result: "pointer",
  },
  wasmtime_component_linker_instance_add_func: {
    parameters: ["pointer", "buffer", "usize", "function", "pointer", "pointer"],
    result: "pointer",
  },
  wasmtime_component_linker_instance_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_component_instance_get_export_index: {
    parameters: ["buffer", "pointer", "pointer", "buffer", "usize"],
    result: "pointer",
  },
  wasmtime_component_instance_get_func: { parameters: ["buffer", "pointer", "pointer", "buffer"], result: "bool" },
  wasmtime_component_export_index_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_component_func_call: {
    parameters: ["buffer", "pointer", "u64", "usize", "u64", "usize"],
    result: "pointer",
  },
  wasm_byte_vec_new: { parameters: ["u64", "usize", "buffer"], result: "void" },
  wasm_byte_vec_delete: { parameters: ["buffer"], result: "void" },
  wasmtime_component_vallist_new_uninit: { parameters: ["u64", "usize"], result: "void" },
  wasmtime_component_valrecord_new_uninit: { parameters: ["u64", "usize"], result: "void" },
  wasmtime_component_valtuple_new_uninit: { parameters: ["u64", "usize"], result: "void" },
  wasmtime_component_valflags_new_uninit: { parameters: ["u64", "usize"], result: "void" },
  wasmtime_component_val_new: { parameters: ["u64"], result: "u64" },
  wasmtime_component_val_delete: { parameters: ["u64"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Those functions, bound. */
export type Wasmtime = Deno.DynamicLibrary<typeof symbols>["symbols"];
