/** Style of the report; light and dark. */
export const reportStyle = `
:root{color-scheme:light dark;--page:#fff;--ink:#1c2430;--quiet:#667085;--rule:#dfe4ea;--panel:#f5f7fa;--link:#2563a8;--good:#157347;--bad:#c02626;--warn:#9a6700}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--ink:#e3e8ef;--quiet:#8e99a8;--rule:#303947;--panel:#1b222c;--link:#6aa9f0;--good:#4cc38a;--bad:#ff7b72;--warn:#d9a62e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1240px;padding:20px 28px 80px;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,sans-serif}
h1{font-size:21px;margin:0}
h2{font-size:17px;margin:28px 0 8px;border-bottom:1px solid var(--rule);padding-bottom:4px}
h3{font-size:15px;margin:0;display:inline-block;margin-right:12px}
p{margin:4px 0}
a{color:var(--link)}
nav a,.links a{margin-right:10px}
.verdict{font-size:17px;font-weight:600}
.verdict.passed{color:var(--good)}.verdict.failed{color:var(--bad)}
.quiet{color:var(--quiet);font-weight:400}
.id{white-space:nowrap}
code,pre,.id{font:12px/1.5 ui-monospace,monospace}
code{color:var(--quiet)}
pre{background:var(--panel);border-left:3px solid var(--bad);padding:10px 14px;overflow:auto;margin:6px 0 18px}
details{border:1px solid var(--rule);border-radius:6px;margin:6px 0}
summary{cursor:pointer;padding:6px 12px;font-weight:600}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:6px 12px;border-top:1px solid var(--rule)}
th{color:var(--quiet);font-weight:500}
td ul{margin:0;padding-left:16px}
td:first-child{white-space:nowrap}
.time{white-space:nowrap}
.overview{display:flex;flex-wrap:wrap;gap:0 40px}
.overview section{flex:1 1 480px}
.overview td,.overview th{padding:3px 10px}
.overview td:last-child{white-space:normal}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
meter,progress{width:130px;height:10px;vertical-align:middle}
details.rest{border-style:dashed}
details.rest details{margin:6px 12px}
details.rest>summary{color:var(--quiet)}
tr:target{background:var(--panel)}
.badge{display:inline-block;border:1px solid currentcolor;border-radius:10px;padding:0 9px;font-size:12px;white-space:nowrap;color:var(--quiet)}
.badge.passed,.badge.covered{color:var(--good)}
.badge.failed,.badge.harness-error,.badge.not-run{color:var(--bad)}
.badge.unsupported,.badge.no-evidence,.badge.not-covered{color:var(--warn)}
`
