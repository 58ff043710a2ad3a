// scratch
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <fmt/format.h>
#include "choice/odometer.h"
#include "choice/random_source.h"
#include "generator.h"
#include "graphs/explorer.h"
#include "litmus/simulation.h"
#include "recorder.h"
#include "files.h"
using namespace slotproof;
struct Result { std::map<std::uint64_t,int> graphs; std::map<std::string,int> states; std::uint64_t runs=0, blocked=0, diverged=0; bool complete=true; };
static std::string show(const litmus::State& s){ std::string t; t+=std::to_string((int)s.halt); for(auto v: s.values) t+=","+std::to_string(v); return t; }
static Result plain(machine::Machine& m, const litmus::Test& test, std::uint64_t most){
  Result r; litmus::Simulation sim(m,test); choice::Odometer od; graphs::Recorder rec(m,od);
  do { if (r.runs==most){r.complete=false;return r;} rec.reset(); auto s=sim.run(rec); ++r.runs; ++r.graphs[rec.graph().fingerprint()]; ++r.states[show(s)]; } while(od.next());
  return r; }
static Result reduced(machine::Machine& m, const litmus::Test& test, std::uint64_t most){
  Result r; litmus::Simulation sim(m,test); graphs::Explorer ex(m);
  do { if (r.runs==most){r.complete=false;return r;} auto s=sim.run(ex); if(!ex.complete()) continue; ++r.runs; ++r.graphs[ex.graph().fingerprint()]; ++r.states[show(s)]; } while(ex.next());
  r.blocked=ex.blocked(); r.diverged=ex.diverged(); return r; }
static bool compare(machine::Machine& m, const litmus::Test& test, std::uint64_t most, const std::string& name, std::uint64_t* tot){
  Result a=plain(m,test,most); if(!a.complete) return true;
  Result b=reduced(m,test,most*2+100);
  int missing=0, extra=0, dup=0; for(auto&[g,n]:a.graphs) if(!b.graphs.count(g)) ++missing; for(auto&[g,n]:b.graphs){ if(!a.graphs.count(g)) ++extra; if(n>1) dup+=n-1;}
  int ms=0; for(auto&[g,n]:a.states) if(!b.states.count(g)) ++ms;
  tot[0]+=a.runs; tot[1]+=a.graphs.size(); tot[2]+=b.runs; tot[3]+=b.blocked;
  if(missing||extra||dup||ms||b.diverged||!b.complete){ fmt::print("{}: plain {} runs {} graphs; reduced {} runs, missing {} extra {} dup {} states missing {} blocked {} diverged {} complete {}\n",name,a.runs,a.graphs.size(),b.runs,missing,extra,dup,ms,b.blocked,b.diverged,b.complete); return false; }
  return true; }
int main(int argc,char**argv){
  machine::Machine m; std::uint64_t tot[4]={}; int bad=0;
  if(argc>1 && !isdigit(argv[1][0])){ for(auto&f: cross_check::tests_in({argv[1]})) { auto t=cross_check::read_test(f); if(!compare(m,t,200000,f,tot)) {++bad; } } }
  else { std::uint64_t seed=argc>1?strtoull(argv[1],0,10):1, n=argc>2?strtoull(argv[2],0,10):200;
   for(std::uint64_t i=0;i<n;++i){ choice::SplitMix64 rnd(seed+i); auto t=cross_check::random_test(rnd); if(!compare(m,t,20000,fmt::format("seed-{}",seed+i),tot)){ ++bad; if(bad<=2) fmt::print("{}\n",litmus::print(t)); if(bad>20) break; } } }
  fmt::print("bad {} plain runs {} graphs {} reduced runs {} blocked {}\n",bad,tot[0],tot[1],tot[2],tot[3]);
}
