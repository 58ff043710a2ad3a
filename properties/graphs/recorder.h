// The execution graph of any run, whoever answers its choices.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "choice/source.h"
#include "graphs/graph.h"
#include "machine/machine.h"

namespace slotproof::graphs {

// Stands between a machine and the source of its choices, and writes down the graph.
class Recorder final : public choice::Source, public machine::Observer {
 public:
  Recorder(machine::Machine& machine, choice::Source& source) : machine_(machine), source_(source) {
    machine_.set_observer(this);
  }
  ~Recorder() override { machine_.set_observer(nullptr); }

  // To be called before each run.
  void reset() {
    graph_.reset();
    pending_.reset();
    waiting_ = 0;
  }
  // Whether a thread waits for a mutex for ever; the graph does not say when it came to.
  bool stuck() const { return waiting_ != 0; }
  // Of the run that has ended.
  const Graph& graph() {
    finish();
    return graph_;
  }

  std::uint32_t choose(std::uint32_t bound, choice::Kind kind) override {
    const std::uint32_t answer = source_.choose(bound, kind);
    if (kind == choice::Kind::kSpurious) pending_->fails = answer == 1;
    if (kind == choice::Kind::kStore || kind == choice::Kind::kPlace) pending_->answer = answer;
    return answer;
  }

  void before_switch(machine::Threads /*threads*/) override { finish(); }
  void before_read(const machine::ReadQuestion& q) override {
    finish();
    pending_ = Pending{q.access, q.location, {q.offers.begin(), q.offers.end()}, {}, 0, false};
  }
  void before_place(const machine::PlaceQuestion& q) override {
    finish();
    pending_ = Pending{q.access, q.location, {}, {q.behind.begin(), q.behind.end()}, 0, false};
  }
  void locked(ThreadId thread, const void* mutex, bool shared) override {
    finish();
    waiting_ &= ~(1U << thread);
    graph_.add_lock(thread, graph_.mutex(mutex), shared);
  }
  void waits(ThreadId thread, const void* /*mutex*/, bool /*shared*/) override {
    finish();
    waiting_ |= 1U << thread;
  }
  void unlocked(ThreadId thread, const void* mutex, bool shared) override {
    finish();
    graph_.unlocked(thread, graph_.mutex(mutex), shared);
  }
  void opened(ThreadId thread, const void* latch) override {
    finish();
    graph_.opened(thread, latch);
  }
  void passed(ThreadId thread, const void* latch) override {
    finish();
    graph_.passed(thread, latch);
  }
  void forked(ThreadId parent, ThreadId child) override {
    finish();
    graph_.forked(parent, child);
  }
  void joined(ThreadId joiner, ThreadId ended) override {
    finish();
    graph_.joined(joiner, ended);
  }

 private:
  struct Pending {
    machine::AtomicAccess access;
    machine::LocationId location;
    std::vector<machine::Offer> offers;
    std::vector<machine::EventIndex> behind;
    std::uint32_t answer;
    bool fails;
  };

  void finish() {
    if (!pending_) return;
    const Pending p = *std::exchange(pending_, std::nullopt);
    const ThreadId thread = p.access.thread;
    if (!p.behind.empty()) {
      graph_.add_write(thread, p.location, graph_.node_of(p.behind[p.answer]), kInitial,
                       p.access.event);
      return;
    }
    const machine::Offer& offer = p.offers[p.answer];
    const NodeIndex from = graph_.node_of(offer.store);
    if (offer.writes && !p.fails) {
      graph_.add_update(thread, p.location, from, kInitial, p.access.event);
    } else {
      const NodeIndex n = graph_.add_read(thread, p.location, from, kInitial);
      if (p.fails || (!offer.writes && offer.spurious)) graph_.set_spurious(n);
    }
  }

  machine::Machine& machine_;
  choice::Source& source_;
  Graph graph_;
  std::optional<Pending> pending_;
  std::uint32_t waiting_ = 0;  // bit t: thread t
};

}  // namespace slotproof::graphs
