/** The one style sheet: calm, dense, light and dark, from 360 px on. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f7; --paper: #ffffff; --ink: #1d2733; --soft: #526070; --line: #d3dae1; --edge: #7d8a98;
  --bar: #17364f; --bar-ink: #ffffff; --bar-soft: #c3d4e2; --accent: #0b5c8f; --accent-ink: #ffffff; --tint: #e6f0f7;
  --good: #1b6b3a; --good-tint: #e5f4ea; --bad: #a4262c; --bad-tint: #fcebec; --warn-tint: #fff4d6; --warn-line: #b98900;
  --focus: #e07b00;
  font: 15px/1.45 system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #11171d; --paper: #19222b; --ink: #e4eaf0; --soft: #a5b3c1; --line: #33414e; --edge: #7f8e9c;
    --bar: #0c2233; --bar-ink: #ffffff; --bar-soft: #b4c8d8; --accent: #7cc0ee; --accent-ink: #08222f; --tint: #20323f;
    --good: #84d7a0; --good-tint: #173325; --bad: #ff9da0; --bad-tint: #3d1c1f; --warn-tint: #3a2f12; --warn-line: #d9ab3a;
    --focus: #ffb454;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
main:focus, .errors:focus { outline: none; }
[hidden] { display: none !important; }
.skip { position: absolute; left: 8px; top: -60px; z-index: 30; background: var(--paper); padding: 8px 12px; }
.skip:focus { top: 8px; }

header.top { display: flex; flex-wrap: wrap; gap: 4px 20px; justify-content: space-between; align-items: center;
  background: var(--bar); color: var(--bar-ink); padding: 10px 20px; }
header.top a { color: var(--bar-ink); }
.brand { text-decoration: none; }
.brand strong { font-size: 1.15rem; margin-right: 8px; }
.brand span { color: var(--bar-soft); }
.who { display: flex; flex-wrap: wrap; gap: 6px 16px; align-items: center; }
.who .user { color: var(--bar-soft); }
.who .alarms.raised { background: #a4262c; color: #fff; padding: 2px 10px; border-radius: 12px; text-decoration: none;
  font-weight: 600; }
.who button.quiet { padding: 2px 12px; color: var(--bar-ink); border-color: var(--bar-soft); background: transparent; }

nav.menu { background: var(--paper); border-bottom: 1px solid var(--line); padding: 0 12px; }
nav.menu ul { list-style: none; margin: 0; padding: 0; }
nav.menu > ul { display: flex; flex-wrap: wrap; }
nav.menu details { position: relative; }
nav.menu summary { list-style: none; cursor: pointer; padding: 9px 14px; font-weight: 600; border-bottom: 3px solid transparent; }
nav.menu summary::-webkit-details-marker { display: none; }
nav.menu summary::after { content: ' \\25be'; color: var(--soft); }
nav.menu summary:hover, nav.menu details[open] > summary { background: var(--tint); }
nav.menu summary.here { border-bottom-color: var(--accent); }
nav.menu details > ul { position: absolute; z-index: 20; left: 0; top: 100%; min-width: 260px; max-width: 92vw; padding: 6px 0;
  max-height: 75vh; overflow: auto; background: var(--paper); border: 1px solid var(--line); border-radius: 0 0 6px 6px;
  box-shadow: 0 8px 24px rgb(0 0 0 / 18%); }
nav.menu li a, nav.menu .group { display: block; padding: 5px 16px; color: var(--ink); text-decoration: none; }
nav.menu .group { color: var(--soft); font-size: .85rem; padding-top: 8px; }
nav.menu li li li a { padding-left: 30px; }
nav.menu li li li .group { padding-left: 30px; }
nav.menu li li li li a { padding-left: 44px; }
nav.menu li li li li li a { padding-left: 58px; }
nav.menu li a:hover { background: var(--tint); }
nav.menu a[aria-current] { background: var(--tint); color: var(--accent); font-weight: 600; }

main { max-width: 1240px; margin: 0 auto; padding: 12px 20px 48px; }
.place { display: flex; flex-wrap: wrap; gap: 0 6px; color: var(--soft); font-size: .87rem; }
.place ol { display: flex; flex-wrap: wrap; list-style: none; margin: 0; padding: 0; }
.place li + li::before { content: '>'; padding: 0 6px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 6px 0 12px; }
h2 { font-size: 1.02rem; margin: 0; }
.intro { color: var(--soft); max-width: 75ch; margin: 0 0 14px; }

.banner, .notice, .errors { border-radius: 6px; border: 1px solid; border-left-width: 5px; padding: 8px 14px; margin: 0 0 14px; }
.banner p, .notice p, .errors p { margin: 0; }
.banner { background: var(--warn-tint); border-color: var(--warn-line); display: flex; flex-wrap: wrap; gap: 2px 16px; }
.notice.good { background: var(--good-tint); border-color: var(--good); }
.notice.bad, .errors { background: var(--bad-tint); border-color: var(--bad); }
.errors ul { margin: 4px 0 0; padding-left: 20px; }

fieldset, section.related, .toolbar { background: var(--paper); border: 1px solid var(--line); border-radius: 8px;
  margin: 0 0 14px; padding: 0; min-width: 0; }
fieldset:not(:has(.field:not([hidden]))) { display: none; }
legend { float: left; width: 100%; padding: 6px 16px; background: var(--tint); border-bottom: 1px solid var(--line);
  border-radius: 8px 8px 0 0; }
legend + * { clear: both; }
.field { display: grid; grid-template-columns: minmax(180px, 300px) minmax(220px, 380px) 1fr; gap: 2px 18px;
  align-items: baseline; padding: 5px 16px; clear: both; }
.field:has(textarea) .entry, .field:has(textarea) .help { grid-column: 2 / -1; }
.field + .field { border-top: 1px solid color-mix(in srgb, var(--line) 55%, transparent); }
.field.wrong { box-shadow: inset 4px 0 0 var(--bad); }
.star { color: var(--bad); font-weight: 700; }
.entry { display: flex; gap: 8px; align-items: center; min-width: 0; }
.unit { color: var(--soft); white-space: nowrap; }
.help { margin: 0; color: var(--soft); font-size: .87rem; }
.field .help { padding-left: 22px; position: relative; }
.field .help::before { content: 'i'; position: absolute; left: 0; top: 1px; width: 15px; height: 15px; border: 1px solid var(--edge);
  border-radius: 50%; font: italic 600 11px/13px Georgia, serif; text-align: center; }
.field .error { grid-column: 2 / -1; margin: 0; color: var(--bad); font-size: .9rem; }
input[type='text'], input[type='password'], select, textarea { font: inherit; color: var(--ink); background: var(--paper);
  border: 1px solid var(--edge); border-radius: 4px; padding: 3px 8px; width: 100%; min-width: 0; }
input.number { width: 9em; }
select { padding: 4px 6px; }
textarea { font: 13px/1.4 ui-monospace, Menlo, Consolas, monospace; resize: vertical; }
[aria-invalid] { border-color: var(--bad) !important; }

button, .button { display: inline-block; font: inherit; font-weight: 600; cursor: pointer; text-decoration: none;
  background: var(--accent); color: var(--accent-ink); border: 1px solid var(--accent); border-radius: 4px; padding: 5px 16px; }
button.quiet, .button.quiet { background: transparent; color: var(--accent); border-color: var(--edge); font-weight: 500; }
button:hover, .button:hover { filter: brightness(1.1); }
button.quiet:hover, .button.quiet:hover { background: var(--tint); filter: none; }
.mandatory { color: var(--soft); font-size: .87rem; margin-left: auto; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 0 0 18px; }
.toolbar { display: flex; flex-wrap: wrap; gap: 10px 14px; padding: 12px 16px; }
.asking fieldset { border-radius: 8px 8px 0 0; margin-bottom: 0; }
.asking .buttons { background: var(--paper); border: 1px solid var(--line); border-top: 0; border-radius: 0 0 8px 8px;
  padding: 8px 16px; }
section.related { padding: 10px 16px; }
section.related a[target]::after { content: ' \\2197'; content: ' \\2197' / ''; }
section.related ul { margin: 6px 0 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 4px 24px; }

.table { overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; margin: 0 0 14px; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 700; font-size: 1.02rem; padding: 6px 14px; background: var(--tint);
  border-bottom: 1px solid var(--line); }
th, td { text-align: left; vertical-align: top; padding: 5px 9px; overflow-wrap: normal; }
tr > :first-child { padding-left: 14px; }
th[scope='row'] { font-weight: 600; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 600; white-space: nowrap; border-bottom: 1px solid var(--line); }
tbody tr + tr > * { border-top: 1px solid color-mix(in srgb, var(--line) 55%, transparent); }
tbody tr:hover > * { background: color-mix(in srgb, var(--tint) 45%, transparent); }
tr.empty td { color: var(--soft); }
tr.recent > * { color: var(--bad); }
td.actions { white-space: nowrap; }
td.actions form { display: inline-block; }
td.actions .button, td.actions button { padding: 1px 10px; }
td pre { margin: 0; font: 12.5px/1.4 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  min-width: 40ch; }
time span { white-space: nowrap; }
.long { display: inline-block; width: 34ch; max-width: 60vw; overflow-wrap: anywhere; }
.state { display: flex; align-items: baseline; }
.state::before { content: ''; flex: none; width: 9px; height: 9px; border-radius: 50%; margin-right: 7px;
  background: var(--edge); }
.state.good::before { background: var(--good); }
.state.bad { color: var(--bad); font-weight: 600; }
.state.bad::before { background: var(--bad); border-radius: 1px; }

main.login { max-width: 400px; margin: 9vh auto; padding: 28px 32px 32px; background: var(--paper); border: 1px solid var(--line);
  border-top: 5px solid var(--accent); border-radius: 8px; }
main.login h1 small { display: block; font-size: .9rem; color: var(--soft); font-weight: 500; }
main.login label { display: block; margin: 12px 0 3px; font-weight: 600; }
main.login button { margin-top: 18px; width: 100%; padding: 8px; }

@media (max-width: 900px) {
  .field { grid-template-columns: minmax(150px, 230px) 1fr; }
  .field .help { grid-column: 2; }
}
@media (max-width: 620px) {
  header.top, main { padding-left: 12px; padding-right: 12px; }
  nav.menu { padding: 0; }
  nav.menu > ul { justify-content: space-between; }
  nav.menu summary { padding: 9px 5px; font-size: .88rem; }
  nav.menu summary::after { content: none; }
  nav.menu details { position: static; }
  nav.menu { position: relative; }
  nav.menu details > ul { left: 0; right: 0; max-width: none; }
  .field { grid-template-columns: 1fr; }
  .field .help, .field .error { grid-column: 1; }
  main.login { margin: 4vh 12px; padding: 20px; }
}
@media (forced-colors: active) { time span { white-space: nowrap; }
.long { display: inline-block; width: 34ch; max-width: 60vw; overflow-wrap: anywhere; }
.state::before { border: 1px solid; } }
`
