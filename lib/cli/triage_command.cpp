// slotproof triage: a heap of inputs becomes a list of bugs.
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <sys/stat.h>
#include <tuple>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "explore/black_box.h"
#include "explore/child.h"
#include "explore/identify.h"
#include "explore/shrink.h"
#include "explore/triage.h"
#include "program/text.h"
#include "report/json.h"
#include "report/reproducer.h"
#include "report/words.h"

namespace slotproof::cli {
namespace {

using explore::BlackBox;
using nlohmann::ordered_json;
using oracle::Verdict;

// Files that share a child as long as none of them takes it down: the symbols of a slot are looked
// up once for them all.
constexpr std::size_t kFilesPerChild = 64;

struct TriageOptions : Options {
  std::vector<std::string> names;
  std::string output = "findings/triage";
  int repeat = 10;
  bool shrink = true;
};

// Of one file. `outcome` is what becomes of it: "bug" and the classes of their own.
ordered_json record(const std::string& file, std::string_view outcome) {
  return {{"file", printable(file)}, {"outcome", outcome}};
}

void add_bug(ordered_json& json, const report::Fingerprint& bug, const report::Rating& rating) {
  json["hash"] = bug.hash();
  json["line"] = bug.line;
  json["blame"] = bug.blame;
  json["severity"] = report::name(rating.severity);
  json["reason"] = rating.reason;
}

ordered_json look_at(Session& session, const std::string& file, int repeat) {
  try {
    const Input input = read_input(file, Form::kAny, session.language());
    BlackBox::instance().begin(file);
    run_input(session, input, file);
    const explore::Sample sample = explore::sample(session.runner(), repeat);
    const bool convicts = oracle::convicts(sample.verdict);
    ordered_json json = record(file, sample.flaky ? "flaky" : convicts ? "bug" : "no-bug");
    json["verdict"] = oracle::name(sample.verdict);
    json["sentence"] = sample.sentence;
    json["operations"] = sample.test_case.program.operations();
    if (convicts) add_bug(json, sample.fingerprint, sample.rating);
    return json;
  } catch (const UserError& e) {
    ordered_json json = record(file, "unreadable");
    json["sentence"] = e.what();
    return json;
  }
}

// A file whose run ends the process.
ordered_json death_record(const Options& options, const std::string& file,
                          const std::string& death) {
  ordered_json json = record(file, "bug");
  json["verdict"] = oracle::name(Verdict::kCrash);
  json["sentence"] = "the process " + death;
  const Session session(options);
  const Input input = read_input(file, Form::kAny, session.language());
  json["operations"] = input.text.test_case.program.operations();
  report::Fingerprint bug;
  bug.line = "crash: the process " + report::without_names(death);
  add_bug(json, bug, report::rate_death());
  return json;
}

std::string in_child(const std::function<std::string()>& body, std::string& death) {
  BlackBox::instance().clear();
  const explore::ChildEnd end = explore::in_child(explore::Errors::kHidden, body);
  death = end.death;
  return end.output;
}

// What came of the files, one after the other. Whatever they do is done in a child.
std::vector<ordered_json> look_at_all(const TriageOptions& options,
                                      std::span<const std::string> files) {
  std::string death;
  const std::string output = in_child(
      [&] {
        Session session(options);
        session.runner().set_witness(&BlackBox::instance());
        ordered_json list = ordered_json::array();
        for (const std::string& file : files) {
          list.push_back(look_at(session, file, options.repeat));
        }
        return list.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
      },
      death);
  if (death.empty()) return ordered_json::parse(output).get<std::vector<ordered_json>>();
  if (files.size() > 1) {
    std::vector<ordered_json> all;
    for (const std::string& file : files) {
      std::ranges::copy(look_at_all(options, std::span(&file, 1)), std::back_inserter(all));
    }
    return all;
  }
  return {death_record(options, files.front(), death)};
}

struct FileTime {
  std::int64_t seconds = 0;  // since 1970; 0 if the file is gone

  explicit FileTime(const std::string& file) {
    struct stat status{};
    if (stat(file.c_str(), &status) == 0) seconds = status.st_mtime;
  }
  std::string print() const {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
  }
};

// What a face and its bug have of a record.
constexpr const char* kBugMembers[] = {"hash",   "line",  "verdict",  "severity",
                                       "reason", "blame", "sentence", "operations"};

// One way in which a bug shows: the inputs with one fingerprint.
struct Face {
  ordered_json json;
  std::string smallest;  // the file, not made printable
};

// What orders faces and buckets: the worst first, then the most frequent.
bool comes_before(const ordered_json& a, const ordered_json& b) {
  const auto key = [](const ordered_json& json) {
    int rank = 0;
    using enum report::Severity;
    for (const report::Severity s : {kHigh, kMedium, kLow}) {
      if (report::name(s) == json["severity"].get<std::string>()) rank = -static_cast<int>(s);
    }
    return std::tuple(rank, -json["count"].get<std::int64_t>(), json["hash"].get<std::string>());
  };
  return key(a) < key(b);
}

class TriageCommand {
 public:
  explicit TriageCommand(const TriageOptions& options)
      : options_(options), files_(files_of(options.names)) {
    const Session known(options_);  // says what is wrong with --slot
  }

  int run() {
    ProgressLine progress("files");
    for (std::size_t f = 0; f < files_.size(); f += kFilesPerChild) {
      const std::size_t count = std::min(kFilesPerChild, files_.size() - f);
      std::ranges::move(look_at_all(options_, std::span(files_).subspan(f, count)),
                        std::back_inserter(records_));
      progress.show(records_.size());
    }
    const std::vector<ordered_json> buckets = make_buckets();
    const int code = exit_code(buckets);
    if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion},
                {"command", "triage"},
                {"exit_code", code},
                {"slot", options_.slot},
                {"repeat", options_.repeat},
                {"buckets", buckets},
                {"files", records_}});
    } else {
      show(buckets);
    }
    return code;
  }

 private:
  // Unlike what other commands take, an empty folder is no mistake: the heap may be clean.
  static std::vector<std::string> files_of(const std::vector<std::string>& names) {
    std::vector<std::string> files;
    for (const std::string& name : names) {
      std::error_code failure;
      if (std::filesystem::is_directory(name, failure) &&
          std::filesystem::is_empty(name, failure)) {
        continue;
      }
      std::ranges::move(expand({name}, Files::kCases), std::back_inserter(files));
    }
    return files;
  }

  // Faces that lead to the same bug share a bucket.
  std::vector<ordered_json> make_buckets() const {
    std::map<std::string, std::vector<std::size_t>> by_hash;
    for (std::size_t r = 0; r < records_.size(); ++r) {
      if (records_[r]["outcome"] == "bug") by_hash[records_[r]["hash"]].push_back(r);
    }
    std::map<std::string, std::vector<ordered_json>> faces;
    for (const auto& [hash, members] : by_hash) {
      Face face = make_face(members);
      const ordered_json bug = options_.shrink ? shrink(face) : bug_of(face.json);
      faces[bug["hash"]].push_back(std::move(face.json));
      faces[bug["hash"]].back()["bug"] = bug;
    }
    std::vector<ordered_json> buckets;
    for (auto& [hash, members] : faces) buckets.push_back(make_bucket(members));
    std::ranges::sort(buckets, comes_before);
    return buckets;
  }

  Face make_face(const std::vector<std::size_t>& members) const {
    const std::size_t smallest = *std::ranges::min_element(members, {}, [&](std::size_t r) {
      return std::tuple(records_[r]["operations"].get<int>(), files_[r].size(), files_[r]);
    });
    const auto [first, last] = std::ranges::minmax(
        members, {}, [&](std::size_t r) { return FileTime(files_[r]).seconds; });
    ordered_json face;
    for (const char* const key : kBugMembers) face[key] = records_[smallest][key];
    face["count"] = members.size();
    face["first_seen"] = FileTime(files_[first]).print();
    face["last_seen"] = FileTime(files_[last]).print();
    face["smallest"] = printable(files_[smallest]);
    face["replay"] =
        fmt::format("slotproof run --slot {}{} {}", report::shell_word(options_.slot),
                    rules_options(options_.rules), report::shell_word(files_[smallest]));
    ordered_json names = ordered_json::array();
    for (const std::size_t r : members) names.push_back(printable(files_[r]));
    face["files"] = std::move(names);
    return {std::move(face), files_[smallest]};
  }

  // The bug that a face is taken for as long as nothing more is known.
  static ordered_json bug_of(const ordered_json& face) {
    ordered_json bug;
    for (const char* const key : kBugMembers) bug[key] = face[key];
    bug["file"] = face["smallest"];
    bug["replay"] = face["replay"];
    return bug;
  }

  // As bad as the worst of its faces.
  static ordered_json make_bucket(std::vector<ordered_json>& faces) {
    std::ranges::sort(faces, comes_before);
    ordered_json bucket = faces.front()["bug"];
    bucket["severity"] = faces.front()["severity"];
    bucket["reason"] = faces.front()["reason"];
    std::size_t count = 0;
    std::string first = faces.front()["first_seen"];
    std::string last = faces.front()["last_seen"];
    for (ordered_json& face : faces) {
      face.erase("bug");
      count += face["count"].get<std::size_t>();
      first = std::min(first, face["first_seen"].get<std::string>());
      last = std::max(last, face["last_seen"].get<std::string>());
    }
    bucket["count"] = count;
    bucket["first_seen"] = first;
    bucket["last_seen"] = last;
    bucket["faces"] = faces;
    return bucket;
  }

  // Shrinks the smallest input of the face as long as its fingerprint stays, then on to whatever
  // fails, which is the bug. Where the process dies of that, the input stays what there is.
  ordered_json shrink(Face& face) const {
    std::string death;
    const std::string output = in_child([&] { return shrunk(face).dump(); }, death);
    if (!death.empty()) return bug_of(face.json);
    ordered_json found = ordered_json::parse(output);
    face.json.update(found["face"]);
    return found["bug"];
  }

  ordered_json shrunk(const Face& face) const {
    Session session(options_);
    session.runner().set_witness(&BlackBox::instance());
    const Input input = read_input(face.smallest, Form::kAny, session.language());
    run_input(session, input, face.smallest);
    const explore::Sample sample = explore::sample(session.runner(), 1);
    const program::Case small = explore::shrink(session.runner(), sample.test_case,
                                                explore::shows(sample.verdict, sample.fingerprint))
                                    .test_case;
    // One bug may show in several ways. What has nothing but what it takes for one of them is
    // shrunk on: where two faces end at the same, they are probably of one bug.
    const explore::Wanted fails = [](explore::Runner& runner, const program::Case&) {
      return oracle::convicts(runner.view().judgement.verdict);
    };
    const program::Case root = explore::shrink(session.runner(), small, fails).test_case;
    return {{"face", keep(session, small, Kept::kFace)}, {"bug", keep(session, root, Kept::kBug)}};
  }

  enum class Kept : std::uint8_t { kFace, kBug };

  // Keeps a small case in a file that is named after it, and tells all about it. A bug is told from
  // others by what it takes to show it as well.
  ordered_json keep(Session& session, const program::Case& small, Kept as) const {
    run_case(session, small, {});
    const explore::Sample sample = explore::sample(session.runner(), 1);
    ordered_json json;
    add_bug(json, sample.fingerprint, sample.rating);
    json["verdict"] = oracle::name(sample.verdict);
    json["sentence"] = sample.sentence;
    json["operations"] = small.program.operations();
    json["program"] = program::print({{small.program, {}}, {}, {}});
    if (as == Kept::kBug) {
      run_case(session, small, {});
      const std::string did = report::footprint(session.runner().view());
      json["takes"] = explore::what_it_takes(small.program) + (did.empty() ? "" : ", by: " + did);
      json["hash"] =
          report::hash_of(sample.fingerprint.line + "\n" + json["takes"].get<std::string>());
    }
    const std::string file =
        fmt::format("{}/{}{}-{}.slot", options_.output, as == Kept::kFace ? "face-" : "",
                    oracle::name(sample.verdict), json["hash"].get<std::string>());
    save_reproducer(session, small, file);
    json["choices"] = small.choices.print();
    json["file"] = printable(file);
    json["replay"] = report::replay_command(options_.slot, file);
    return json;
  }

  static int exit_code(const std::vector<ordered_json>& buckets) {
    Verdict verdict = Verdict::kPass;
    if (!buckets.empty()) oracle::verdict_named(buckets[0]["verdict"].get<std::string>(), verdict);
    return oracle::exit_code(verdict);
  }

  void show(const std::vector<ordered_json>& buckets) const {
    const auto text = [](const ordered_json& from, const char* key) {
      return from[key].get<std::string>();
    };
    for (const ordered_json& b : buckets) {
      put(fmt::format("{:<6}  {:>5} x  {}\n    {}; blame {}\n    {} operations: {}\n",
                      text(b, "severity"), b["count"].get<std::size_t>(), text(b, "line"),
                      text(b, "reason"), text(b, "blame"), b["operations"].get<int>(),
                      text(b, "replay")));
      if (b["faces"].size() == 1) continue;
      for (const ordered_json& face : b["faces"]) {
        put(fmt::format("    shows {:>5} x  {}\n", face["count"].get<std::size_t>(),
                        text(face, "line")));
      }
    }
    std::map<std::string, int> others;
    for (const ordered_json& r : records_) {
      const std::string outcome = text(r, "outcome");
      ++others[outcome];
      if (outcome == "flaky" || outcome == "unreadable") {
        put(fmt::format("{}  {}: {}\n", outcome, text(r, "file"), text(r, "sentence")));
      }
    }
    put(fmt::format("{} files, {} buckets, {} flaky, {} without a bug, {} unreadable\n",
                    files_.size(), buckets.size(), others["flaky"], others["no-bug"],
                    others["unreadable"]));
  }

  const TriageOptions& options_;
  std::vector<std::string> files_;
  std::vector<ordered_json> records_;  // of each file
};

}  // namespace

void add_triage(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("triage", "Sort failing inputs into bugs, and make each small");
  const auto options = std::make_shared<TriageOptions>();
  command->add_option("FILE", options->names, "Programs as text or as a fuzzer's bytes; folders")
      ->type_name("")
      ->required();
  command->add_option("--repeat", options->repeat, "Run each input this often")
      ->check(CLI::Range(1, 1000).description(""))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("!--no-shrink", options->shrink, "Leave the inputs as they are");
  command->add_option("-o,--output", options->output, "Where the small programs go")
      ->type_name("DIR")
      ->capture_default_str();
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  add_json_option(*command, *options);
  command->footer(
      "A file that cannot be read is listed, and so is one that does not do the same each time.\n"
      "Exit code: that of the first bug's verdict, 0 if there is none (`slotproof verdicts`).");
  command->callback(
      [options, &action] { action = [options] { return TriageCommand(*options).run(); }; });
}

}  // namespace slotproof::cli
