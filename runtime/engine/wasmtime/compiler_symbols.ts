// The functions of libwasmtime's C API that compile a component, and tell its types (headers wasmtime/component/*.h, 50.0).

export const compilerSymbols = {
  wasmtime_component_new: { parameters: ["pointer", "buffer", "usize", "buffer"], result: "pointer" },
  wasmtime_component_serialize: { parameters: ["pointer", "buffer"], result: "pointer" },
  wasmtime_component_valtype_delete: { parameters: ["buffer"], result: "void" },
  wasmtime_component_type: { parameters: ["pointer"], result: "pointer" },
  wasmtime_component_type_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_component_type_import_count: { parameters: ["pointer", "pointer"], result: "usize" },
  wasmtime_component_type_import_nth: {
    parameters: ["pointer", "pointer", "usize", "buffer", "buffer", "buffer"],
    result: "bool",
  },
  wasmtime_component_extern_delete: { parameters: ["pointer"], result: "void" },
  wasmtime_component_func_type_param_count: { parameters: ["pointer"], result: "usize" },
  wasmtime_component_func_type_param_nth: {
    parameters: ["pointer", "usize", "buffer", "buffer", "buffer"],
    result: "bool",
  },
  wasmtime_component_func_type_result: { parameters: ["pointer", "buffer"], result: "bool" },
  wasmtime_component_list_type_element: { parameters: ["pointer", "buffer"], result: "void" },
  wasmtime_component_record_type_field_count: { parameters: ["pointer"], result: "usize" },
  wasmtime_component_record_type_field_nth: {
    parameters: ["pointer", "usize", "buffer", "buffer", "buffer"],
    result: "bool",
  },
  wasmtime_component_tuple_type_types_count: { parameters: ["pointer"], result: "usize" },
  wasmtime_component_tuple_type_types_nth: { parameters: ["pointer", "usize", "buffer"], result: "bool" },
  wasmtime_component_variant_type_case_count: { parameters: ["pointer"], result: "usize" },
  wasmtime_component_variant_type_case_nth: {
    parameters: ["pointer", "usize", "buffer", "buffer", "buffer", "buffer"],
    result: "bool",
  },
  wasmtime_component_enum_type_names_count: { parameters: ["pointer"], result: "usize" },
  wasmtime_component_enum_type_names_nth: { parameters: ["pointer", "usize", "buffer", "buffer"], result: "bool" },
  wasmtime_component_option_type_ty: { parameters: ["pointer", "buffer"], result: "void" },
  wasmtime_component_result_type_ok: { parameters: ["pointer", "buffer"], result: "bool" },
  wasmtime_component_result_type_err: { parameters: ["pointer", "buffer"], result: "bool" },
  wasmtime_component_flags_type_names_count: { parameters: ["pointer"], result: "usize" },
  wasmtime_component_flags_type_names_nth: { parameters: ["pointer", "usize", "buffer", "buffer"], result: "bool" },
  wasmtime_component_type_export_count: { parameters: ["pointer", "pointer"], result: "usize" },
  wasmtime_component_type_export_nth: {
    parameters: ["pointer", "pointer", "usize", "buffer", "buffer", "buffer"],
    result: "bool",
  },
  wasmtime_component_instance_type_export_count: { parameters: ["pointer", "pointer"], result: "usize" },
  wasmtime_component_instance_type_export_nth: {
    parameters: ["pointer", "pointer", "usize", "buffer", "buffer", "buffer"],
    result: "bool",
  },
  wasmtime_component_extern_type: { parameters: ["pointer", "buffer"], result: "void" },
  wasmtime_component_item_delete: { parameters: ["buffer"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Those functions, bound. */
export type Compiler = Deno.DynamicLibrary<typeof compilerSymbols>["symbols"];
