// slotproof export: a failure becomes a test.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/identify.h"
#include "explore/regression_test.h"
#include "explore/shrink.h"
#include "program/target.h"
#include "program/text.h"
#include "report/json.h"
#include "report/reproducer.h"
#include "report/words.h"

namespace slotproof::cli {
namespace {

struct ExportOptions : Options {
  std::string file;
  std::string output;
  bool gtest = false;
  bool corpus = false;
};

constexpr std::size_t kNameLength = 60;

// "data-race: rmw slot relaxed" -> "data-race-rmw-slot-relaxed": words of a fingerprint as the name
// of a file.
std::string kebab(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool upper = c >= 'A' && c <= 'Z';
    if (lower || upper || (c >= '0' && c <= '9')) {
      name += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.size() > kNameLength) name.resize(name.rfind('-', kNameLength));
  if (name.ends_with('-')) name.pop_back();
  return name;
}

// What lib/c10 makes of a case.
struct OnNative {
  oracle::Verdict verdict{};
  choice::ChoiceSequence choices;  // as they were asked for there
  int skipped = 0;
};

OnNative run_on_native(const ExportOptions& options, const program::Case& failing,
                       const std::string& replay) {
  Options native;
  native.rules = options.rules;
  Session session(native);
  run_case(session, failing, replay);
  const report::RunView run = session.runner().view();
  return {run.judgement.verdict, run.choices, skipped_operations(run)};
}

class ExportCommand {
 public:
  explicit ExportCommand(const ExportOptions& options)
      : options_(options),
        session_(options),
        failing_(run_failing(session_, options.file, "test for")),
        bug_(explore::identify(session_.runner(), failing_.test_case)) {}

  int export_test() {
    run_case(session_, failing_.test_case, failing_.replay);
    const std::string text =
        explore::regression_test(session_.runner().view(), bug_.line, bug_.hash(), failing_.replay);
    if (!options_.output.empty()) {
      write_file(options_.output, text);
    } else if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion}, {"command", "export"}, {"text", text}});
    } else {
      put(text);
    }
    return 0;
  }

  // Files the case, made small, as a program that lib/c10 is to pass.
  int file_in_corpus() {
    explore::Runner& runner = session_.runner();
    {
      const LastWords words(
          fmt::format("\nslotproof died while it shrank this:\n{}\n", failing_.replay));
      failing_.test_case =
          explore::shrink(runner, failing_.test_case, explore::shows(failing_.verdict, bug_))
              .test_case;
    }
    run_case(session_, failing_.test_case, failing_.replay);
    const std::string wrong = report::sentence(runner.view());
    const OnNative native = run_on_native(options_, failing_.test_case, failing_.replay);
    if (native.verdict != oracle::Verdict::kPass && !oracle::convicts(native.verdict)) {
      throw UserError(
          fmt::format("{}: the right slot's verdict on it is {}, and a program of the "
                      "corpus is to pass",
                      printable(options_.file), oracle::name(native.verdict)));
    }

    const program::Target target = program::target_of(failing_.test_case.program);
    const std::string folder = fmt::format("{}/regression", program::name(target));
    const std::string name = kebab(std::string_view(bug_.line).substr(0, bug_.line.find(" at ")));
    const std::string file =
        options_.output.empty() ? fmt::format("corpus/{}/{}.slot", folder, name) : options_.output;
    if (options_.output.empty() && !std::filesystem::is_directory("corpus")) {
      throw UserError("there is no corpus here; go to where it is, or name a file with --output");
    }
    if (std::filesystem::exists(file)) {
      throw UserError(
          fmt::format("{} is there already; name another file with --output", printable(file)));
    }
    write_file(file, text(wrong, native, file));
    report_filed(file, folder, native);
    return 0;
  }

 private:
  // The story says what fails where, the rest what the right slot is to do.
  std::string text(const std::string& wrong, const OnNative& native,
                   const std::string& file) const {
    program::ProgramText text;
    text.test_case = {failing_.test_case.program, native.choices};
    text.expect = {std::string(oracle::name(oracle::Verdict::kPass))};
    const bool same = native.choices == failing_.test_case.choices;
    text.story = fmt::format(
        "{}{}{}\n{}\nslotproof run --slot {}{} {}", oracle::name(failing_.verdict),
        wrong.empty() ? "" : ": ", wrong, bug_.line, report::shell_word(session_.slot()),
        same ? "" : " --choices " + failing_.test_case.choices.print(), report::shell_word(file));
    if (native.skipped > 0) {
      text.story +=
          fmt::format("\nSkipped: {}, which a right slot gives no occasion for.", native.skipped);
    }
    return program::print(text);
  }

  void report_filed(const std::string& file, const std::string& folder,
                    const OnNative& native) const {
    if (native.verdict != oracle::Verdict::kPass) {
      note(fmt::format("native fails too ({}), and so does the new test until it is mended",
                       oracle::name(native.verdict)));
    }
    const std::string name = std::filesystem::path(file).stem();
    if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion},
                {"command", "export"},
                {"file", printable(file)},
                {"folder", folder},
                {"name", printable(name)},
                {"native", oracle::name(native.verdict)}});
      return;
    }
    put(fmt::format("{}\n", printable(file)));
    if (!options_.output.empty()) return;
    put(fmt::format("name it in corpus/CMakeLists.txt: corpus_add({} {})\n", folder, name));
  }

  const ExportOptions& options_;
  Session session_;
  Failing failing_;
  report::Fingerprint bug_;
};

}  // namespace

void add_export(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("export", "Make a test of a failing program");
  const auto options = std::make_shared<ExportOptions>();
  add_failing_file(*command, options->file);
  CLI::Option_group* const form = command->add_option_group("form");
  form->add_flag("--gtest", options->gtest, "As a file of GoogleTest");
  form->add_flag("--corpus", options->corpus,
                 "Made small, with its story, as corpus/TARGET/regression/NAME.slot");
  form->require_option(1);
  command->add_option("-o,--output", options->output, "Write to this file")->type_name("FILE");
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  add_json_option(*command, *options);
  command->footer(
      "What is filed in the corpus expects to pass: the right slot, lib/c10, runs it in each "
      "test.\n"
      "No file is overwritten there.\n"
      "Exit code: 0; 2 if the program does not fail, or cannot be read.");
  command->callback([options, &action] {
    action = supervised(*options, [options] {
      ExportCommand command_of(*options);
      return options->corpus ? command_of.file_in_corpus() : command_of.export_test();
    });
  });
}

}  // namespace slotproof::cli
