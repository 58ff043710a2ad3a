#include "world/load_slot.h"

#include <dlfcn.h>
#include <filesystem>
#include <link.h>

#include <fmt/format.h>

extern "C" slotproof::world::SlotLibrary* slotproof_slot_library();

namespace slotproof::world {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMutantPrefix = "mutant:";

// Programs lie in folders of the build tree, or beside the plug-ins: looks in slots/ there and in
// the folders above.
fs::path find_plugin(const std::string& file) {
  std::error_code failure;
  fs::path folder = fs::read_symlink("/proc/self/exe", failure).parent_path();
  for (int levels = 0; levels < 4 && !folder.empty(); ++levels) {
    const fs::path candidate = folder / "slots" / file;
    if (fs::exists(candidate, failure)) return candidate;
    folder = folder.parent_path();
  }
  return {};
}

}  // namespace

SlotLibrary* load_slot(std::string_view name, std::string& error) {
  SlotLibrary* const builtin = slotproof_slot_library();
  if (name == builtin->name()) return builtin;

  fs::path path;
  if (name.find('/') != std::string_view::npos || name.ends_with(".so")) {
    path = fs::absolute(name);
  } else {
    const bool mutant = name.starts_with(kMutantPrefix);
    const std::string_view plain = mutant ? name.substr(kMutantPrefix.size()) : name;
    const std::string file = fmt::format("{}{}.so", mutant ? "mutant-" : "", plain);
    path = find_plugin(file);
    if (path.empty()) {
      error = fmt::format(
          "--slot {}: there is no slots/{} near this program; {}, or give the path of a plug-in "
          "(./NAME.so)",
          name, file,
          mutant ? "build the mutants (target slotproof_mutants; properties/mutants has the names)"
                 : "build the slot (lib/slots/README.md says how)");
      return nullptr;
    }
  }

  void* const plugin = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    error = fmt::format("--slot {}: {}", name, dlerror());
    return nullptr;
  }
  const auto library = reinterpret_cast<SlotLibraryFunction>(dlsym(plugin, kSlotLibrarySymbol));
  if (library == nullptr) {
    error = fmt::format("--slot {}: the plug-in does not export {}", name, kSlotLibrarySymbol);
    return nullptr;
  }
  return library();
}

std::string file_of(const SlotLibrary& library) {
  Dl_info name{};
  link_map* module = nullptr;
  if (dladdr1(library.name(), &name, reinterpret_cast<void**>(&module), RTLD_DL_LINKMAP) == 0) {
    return {};
  }
  return module->l_name[0] == '\0' ? "/proc/self/exe" : module->l_name;
}

}  // namespace slotproof::world
