// What was explored, of which slot, and what came of it: a JSON document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/session.h"
#include "explore/prove.h"

namespace slotproof::cli {

// SHA-256 (FIPS 180-4) of a file, as 64 hexadecimal digits. Throws UserError.
std::string sha256_of(const std::string& file);

// What a proof is about, and what it depends on: two searches with the same subject come to the
// same end. There are no times in it, nor folders, nor how many processes did the work.
nlohmann::ordered_json proof_subject(const Session& session, const explore::Bound& bound,
                                     const explore::Limits& limits,
                                     const std::vector<program::Operation>& alphabet);

// Bounds are there if they are bounds.
nlohmann::ordered_json limits_json(const explore::Limits& limits);
explore::Limits limits_of(const nlohmann::ordered_json& json);

nlohmann::ordered_json tally_json(const explore::Tally& tally);
explore::Tally tally_of(const nlohmann::ordered_json& json);

// How `now` differs from `before`, a line for each place; nothing if it does not.
std::vector<std::string> differences(const nlohmann::ordered_json& before,
                                     const nlohmann::ordered_json& now);

}  // namespace slotproof::cli
