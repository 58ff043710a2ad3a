// scratch: exhaust plain against reduced on random slot programs
#include <cstdlib>
#include <map>
#include <set>
#include <fmt/format.h>
#include "choice/random_source.h"
#include "explore/exhaust.h"
#include "program/text.h"
#include "world/load_slot.h"
#include "recorder.h"
#include "choice/odometer.h"
#include "graphs/explorer.h"
using namespace slotproof;
static std::string dump(const graphs::Graph&g){ std::string t; for(auto&n:g.nodes()){ static const char*k[]={"R","W","U","L","S","?"}; if(n.kind==graphs::NodeKind::kWait){ if(getenv("WAITS")) t+=fmt::format(" {}?{}@{}",n.thread,n.object,n.from); continue;} t+=fmt::format(" {}{}{}",n.thread,k[(int)n.kind],n.object); if(n.kind==graphs::NodeKind::kRead||n.kind==graphs::NodeKind::kUpdate) t+=fmt::format("<{}",n.from); } return t; }
static std::map<std::uint64_t,std::string> dumps;
struct R { std::map<std::uint64_t,int> g; std::map<std::string,int> v; std::uint64_t runs=0,blocked=0,div=0; bool complete=true; };
template<class S> R all(explore::Runner& r,const program::Program& p,S& src,std::uint64_t most){ R x; for(;;){ if(x.runs==most){x.complete=false;return x;}
  auto&j=r.run(p,src); bool ok=true; if constexpr(requires{src.complete();}) ok=src.complete(); if(ok){++x.runs; ++x.v[std::string(oracle::name(j.verdict))]; ++x.g[src.graph().fingerprint()]; if(getenv("DUMP")) fmt::print("reduced: {}\n",dump(src.graph()));} if(!src.next()) break; } return x; }
struct Rec { choice::Odometer od; graphs::Recorder rec; Rec(machine::Machine&m):rec(m,od){} };
int main(int argc,char**argv){ std::string err; auto* lib=world::load_slot(argc>3?argv[3]:"native",err); explore::Runner r(*lib);
 std::uint64_t seed=strtoull(argv[1],0,10),n=strtoull(argv[2],0,10), most=argc>4?strtoull(argv[4],0,10):20000; std::uint64_t A=0,G=0,B=0,big=0,blk=0; int bad=0; 
 for(std::uint64_t i=0;i<n;++i){ choice::SplitMix64 rnd(seed+i); auto p=explore::random_program(rnd,{r.features(),{}}); int ops=0; for(auto&t:p.threads){ if(t.size()>3) t.resize(3); ops+=t.size(); } if(ops>5){ while(ops>5){ for(auto&t:p.threads) if(!t.empty()&&ops>5){t.pop_back();--ops;} } }
  R a; { choice::Odometer od; graphs::Recorder rec(r.machine(),od); for(;;){ if(a.runs==most){a.complete=false;break;} rec.reset(); auto&j=r.run(p,rec); ++a.runs; ++a.v[std::string(oracle::name(j.verdict))]; ++a.g[rec.graph().fingerprint()]; if(getenv("DUMP")) dumps[rec.graph().fingerprint()]=dump(rec.graph()); if(!od.next())break; } }
  if(!a.complete){++big;continue;}
  R b; { graphs::Explorer ex(r.machine()); b=all(r,p,ex,most+1000); b.blocked=ex.blocked(); b.div=ex.diverged(); }
  A+=a.runs;G+=a.g.size();B+=b.runs;blk+=b.blocked; int miss=0,extra=0,dup=0,mv=0; for(auto&[g,k]:a.g) if(!b.g.count(g)){++miss; if(getenv("DUMP")) fmt::print("missing: {}\n",dumps[g]);} for(auto&[g,k]:b.g){ if(!a.g.count(g))++extra; dup+=k-1;} for(auto&[v,k]:a.v) if(!b.v.count(v))++mv;
  bool fin=false; for(auto&t:p.threads)for(auto&o:t) fin|=o.verb==program::Verb::kFinalise; if(miss||extra||(dup&&!fin)||mv||b.div||!b.complete){ ++bad; fmt::print("seed {}: plain {} graphs {} reduced {} miss {} extra {} dup {} verdicts missing {} blocked {} div {} complete {}\n",seed+i,a.runs,a.g.size(),b.runs,miss,extra,dup,mv,b.blocked,b.div,b.complete); if(bad<=3) fmt::print("{}\n",program::print({{p,{}},{},{}})); if(bad>15)break; } }
 fmt::print("bad {} big {} plain {} graphs {} reduced {} blocked {}\n",bad,big,A,G,B,blk); }
