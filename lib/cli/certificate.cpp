#include "cli/certificate.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include "cli/options.h"
#include "machine/memory_model.h"
#include "program/text.h"
#include "world/load_slot.h"

namespace slotproof::cli {

using nlohmann::ordered_json;

std::string sha256_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string content(std::filesystem::exists(file) ? std::filesystem::file_size(file) : 0, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!stream) throw UserError(fmt::format("{}: cannot read the file that holds the slot", file));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr) !=
      1) {
    throw std::runtime_error("OpenSSL cannot compute a SHA-256");
  }
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

ordered_json proof_subject(const Session& session, const explore::Bound& bound,
                           const explore::Limits& limits,
                           const std::vector<program::Operation>& alphabet) {
  ordered_json letters = ordered_json::array();
  for (const program::Operation& operation : alphabet) {
    letters.push_back(program::print(operation));
  }
  return {{"slotproof", SLOTPROOF_VERSION},
          {"memory_model", machine::kMemoryModelVersion},
          {"slot", session.slot()},
          {"sha256", sha256_of(world::file_of(session.library()))},
          {"bound",
           {{"threads", bound.threads},
            {"operations", bound.operations},
            {"interpreters", bound.interpreters},
            {"tensors", bound.tensors}}},
          {"gil", session.language().rules.gil},
          {"limits", limits_json(limits)},
          {"alphabet", std::move(letters)}};
}

ordered_json limits_json(const explore::Limits& limits) {
  ordered_json json = {{"executions", limits.executions}};
  const auto add = [&](const char* name, std::uint32_t bound) {
    if (bound != graphs::kUnbounded) json[name] = bound;
  };
  add("preemptions", limits.bounds.preemptions);
  add("stale_reads", limits.bounds.stale_reads);
  return json;
}

explore::Limits limits_of(const ordered_json& json) {
  return {.executions = json.at("executions"),
          .bounds = {.preemptions = json.value("preemptions", graphs::kUnbounded),
                     .stale_reads = json.value("stale_reads", graphs::kUnbounded)}};
}

ordered_json tally_json(const explore::Tally& tally) {
  return {{"programs", tally.programs},     {"represented", tally.represented},
          {"executions", tally.executions}, {"invalid", tally.invalid},
          {"undone", tally.undone},         {"idle", tally.idle},
          {"incomplete", tally.incomplete}};
}

explore::Tally tally_of(const ordered_json& json) {
  return {json.at("programs"), json.at("represented"), json.at("executions"), json.at("invalid"),
          json.at("undone"),   json.at("idle"),        json.at("incomplete")};
}

std::vector<std::string> differences(const ordered_json& before, const ordered_json& now) {
  const auto value_at = [](const ordered_json& document, const std::string& place) {
    const ordered_json::json_pointer pointer(place);
    return document.contains(pointer) ? document.at(pointer).dump() : std::string("nothing");
  };
  std::vector<std::string> lines;
  for (const ordered_json& change : ordered_json::diff(before, now)) {
    const std::string place = change.at("path");
    lines.push_back(
        fmt::format("{}: {} there, {} here", place, value_at(before, place), value_at(now, place)));
  }
  return lines;
}

}  // namespace slotproof::cli
