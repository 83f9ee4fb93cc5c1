/** Style of the HTML ladder for so many lifelines; each arrow's place is a class, so that no inline style is needed. */
export function ladderStyle(hosts: number, protocolIds: readonly string[]): string {
  return [base, lifelineRules(hosts), ...protocolIds.map(filterRule)].join('\n')
}

/** A protocol's rows hide when its box is not ticked: no script. */
function filterRule(id: string): string {
  return `body:has(#show-${id}:not(:checked)) .p-${id}{display:none}`
}

/** Pixels: number, time and margins, and what the name of a host needs. */
const besideLines = 180
const narrowestLane = 84

/** Two grid columns for each host: the line between them is its lifeline. */
function lifelineRules(hosts: number): string {
  const rules = [
    `main{min-width:${Math.max(900, besideLines + hosts * narrowestLane)}px}`,
    `.lines{grid-template-columns:repeat(${2 * hosts},minmax(0,1fr));background-size:calc(100% / ${Math.max(1, hosts)}) 100%}`,
  ]
  for (let left = 0; left < hosts; left++) {
    rules.push(`.h${left}{grid-column:${2 * left + 1}/${2 * left + 3}}`)
    rules.push(`.a${left}-${left}{grid-column:${2 * left + 2}/${2 * left + 3}}`)
    for (let right = left + 1; right < hosts; right++) {
      rules.push(`.a${left}-${right}{grid-column:${2 * left + 2}/${2 * right + 2}}`)
    }
  }
  return rules.join('\n')
}

const base = `
:root{color-scheme:light dark;--behind:var(--page);--page:#fff;--ink:#1c2430;--quiet:#667085;--rule:#d5dbe3;--hover:#f1f5fa;--arrow:#2563a8;--good:#157347;--bad:#c02626;--media:#7a4fb5;--mark:#fff6d6}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--ink:#e3e8ef;--quiet:#8e99a8;--rule:#303947;--hover:#1b222c;--arrow:#6aa9f0;--good:#4cc38a;--bad:#ff7b72;--media:#b794f4;--mark:#332c14}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:14px/1.4 system-ui,sans-serif}
header{padding:16px 24px 4px}
h1{font-size:19px;margin:0 0 4px}
p{margin:4px 0}
a{color:var(--arrow);margin-right:10px}
.passed{color:var(--good)}.failed{color:var(--bad)}
.id{font:12px ui-monospace,monospace;border:1px solid var(--rule);border-radius:4px;padding:0 5px;margin-right:4px}
.facts-of-scenario{display:flex;flex-wrap:wrap;gap:0 48px}
section{flex:1 1 420px;max-width:760px;overflow-wrap:anywhere}
h2{font-size:13px;margin:10px 0 2px;color:var(--quiet);font-weight:600}
ol,ul{margin:0;padding-left:22px}
.claims{list-style:none;padding:0}
.step>b{color:var(--quiet);font-weight:500}.step.passed>b{color:var(--good)}.step.failed>b{color:var(--bad)}
.begin{scroll-margin-top:62px;padding-top:7px}
.begin:target .chapter{background:var(--mark)}
main .chapter{color:var(--ink);border-bottom:1px solid var(--rule);font-size:13px;font-weight:600;line-height:30px;padding-left:8px}
main .begin.failed .chapter{color:var(--bad);border-color:var(--bad)}
.filter label{margin-right:14px;white-space:nowrap}
small{color:var(--quiet)}
main{padding:0 24px 60px}
.row{display:grid;grid-template-columns:44px 72px 1fr;align-items:stretch;column-gap:8px}
details.row{display:block;scroll-margin-top:62px}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
details[open]>summary,summary:hover,summary:focus-visible{--behind:var(--hover);background:var(--hover)}
details:target>summary,.evidence>summary,.row:has(a:target)>summary{--behind:var(--mark);background:var(--mark)}
.bring-up{border-bottom:1px dashed var(--rule)}
.bring-up>summary::before{content:"▸ "}.bring-up[open]>summary::before{content:"▾ "}
.bring-up>summary{padding:5px 0 5px 60px;color:var(--quiet)}
.bring-up>summary:hover,.bring-up[open]>summary{background:none;color:var(--ink)}
.number,.time{font:12px/30px ui-monospace,monospace;color:var(--quiet);text-align:right}
.lines{display:grid;grid-template-rows:19px 11px;background-image:linear-gradient(to right,transparent calc(50% - .5px),var(--rule) calc(50% - .5px),var(--rule) calc(50% + .5px),transparent calc(50% + .5px));background-repeat:repeat-x}
.hosts{position:sticky;top:0;z-index:2;background:var(--page);border-bottom:1px solid var(--rule);padding:6px 0 0}
.hosts .lines{background-image:none;grid-template-rows:auto}
.host{text-align:center;font-weight:600;padding-bottom:4px}
.host small{display:block;font-weight:400;font-size:11px;line-height:13px}
.hosts>.time,.hosts>.number{line-height:15px;align-self:end;padding-bottom:4px}
.label{grid-row:1;align-self:end;font-size:12px;line-height:15px;padding:0 5px;white-space:nowrap;min-width:100%;width:max-content;max-width:52em;overflow:hidden;text-overflow:ellipsis;text-align:center;z-index:1}
.label>span{background:var(--behind);padding:0 3px}
.from-right{justify-self:end}
.label b{font-weight:600;color:var(--quiet);font-size:11px}
.label i{font-style:normal;color:var(--quiet)}
.arrow{grid-row:2;position:relative;height:0;border-top:1.5px solid var(--arrow);margin:2px 1px 0}
.arrow::after{content:"";position:absolute;top:-4.7px;border:4px solid transparent}
.right::after{right:0;border-left:7px solid var(--arrow);border-right:0}
.left::after{left:0;border-right:7px solid var(--arrow);border-left:0}
.self{border-top-style:dotted}
.bad{border-color:var(--bad)}
.right.bad::after{border-left-color:var(--bad)}.left.bad::after{border-right-color:var(--bad)}
.lost{border-top-style:dashed}
.bad~.label,.bad~.label b{color:var(--bad)}
.media .arrow{border-top:3px double var(--media)}
.media .right::after{border-left-color:var(--media)}.media .left::after{border-right-color:var(--media)}
.media .label{color:var(--media)}
.remark{grid-row:1/3;justify-self:center;align-self:center;border:1px solid var(--rule);background:var(--page);border-radius:10px;padding:0 9px;font-size:12px;white-space:nowrap;z-index:1}
.facts{margin:6px 0 4px 124px;color:var(--quiet);font-size:12px}
.problem{margin:2px 0 6px;border-color:var(--bad);max-height:220px}
pre{margin:0 0 10px 124px;padding:10px 12px;background:var(--hover);border-left:3px solid var(--arrow);overflow:auto;max-height:480px;font:12px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{.hosts{position:static}}
`
