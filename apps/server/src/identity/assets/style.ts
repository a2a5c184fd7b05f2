/** identity.css: system fonts and colours of the reader's choice; from 320 px up without scrolling sideways. */
export const style = `:root {
  color-scheme: light dark;
  --back: light-dark(#f6f7f9, #14171c);
  --front: light-dark(#14171c, #eceff4);
  --card: light-dark(#ffffff, #1d2229);
  --line: light-dark(#737b87, #808a98);
  --faint: light-dark(#dfe3e8, #333b46);
  --hint: light-dark(#4c5561, #aeb7c4);
  --accent: light-dark(#0b5394, #8ec5ff);
  --on-accent: light-dark(#ffffff, #0b1c2c);
  --bad: light-dark(#a3161b, #ff9d99);
  --good: light-dark(#14632e, #8fdca6);
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--back); color: var(--front);
  font: 1.0625rem/1.55 system-ui, "PingFang HK", "Microsoft JhengHei", "Noto Sans CJK HK", "Noto Sans HK", sans-serif;
  overflow-wrap: anywhere;
}
header { padding: 1rem max(1rem, calc(50% - 15rem)); }
.brand { font-weight: 700; letter-spacing: -0.01em; }
main {
  max-width: 32rem; margin: 0 auto 3rem; padding: 1.5rem clamp(1rem, 5vw, 2rem) 2rem;
  background: var(--card); border: 1px solid var(--faint); border-radius: 0.75rem;
}
@media (max-width: 32rem) { main { border-width: 1px 0; border-radius: 0; } }
h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.15rem; line-height: 1.3; }
h1:focus, #recovery:focus { outline: none; }
p { margin: 0.5rem 0; }
.hint { color: var(--hint); font-size: 0.9375rem; }
.field { margin: 1rem 0; }
.field .hint { display: block; margin-top: 0.25rem; }
label { display: block; font-weight: 600; }
input {
  display: block; width: 100%; min-height: 2.75rem; margin-top: 0.3rem; padding: 0.5rem 0.75rem; font: inherit;
  font-weight: 400; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 0.4rem;
}
input[aria-invalid="true"] { border: 2px solid var(--bad); }
.error { margin: 0.3rem 0 0; color: var(--bad); font-weight: 600; }
button {
  width: 100%; min-height: 2.75rem; margin-top: 0.5rem; padding: 0.5rem 1rem; font: inherit; font-weight: 600;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: 0.4rem; cursor: pointer;
}
a.button {
  display: block; box-sizing: border-box; text-align: center; text-decoration: none; width: 100%; min-height: 2.75rem;
  margin-top: 0.5rem; padding: 0.6rem 1rem; font-weight: 600; color: var(--on-accent); background: var(--accent);
  border: 1px solid var(--accent); border-radius: 0.4rem;
}
button.plain { width: auto; color: var(--accent); background: none; border-color: var(--line); }
button:disabled { opacity: 0.55; cursor: default; }
:is(button, input, a, summary):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.or { display: flex; align-items: center; gap: 1rem; margin: 1.5rem 0 0; color: var(--hint); }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--faint); }
.problem, .note { margin: 0 0 1rem; padding: 0.75rem 1rem; border: 1px solid; border-left-width: 5px; border-radius: 0.3rem; }
.problem { color: var(--bad); }
.note { color: var(--good); }
.problem a { color: inherit; font-weight: 700; }
.totp { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
.totp img { width: min(220px, 100%); height: auto; background: #fff; border-radius: 0.4rem; }
.totp span { flex: 1 1 10rem; }
code, .codes { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.95rem; }
.codes { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); gap: 0.25rem 1rem; padding-left: 2.5rem; }
.lines { margin: 0.5rem 0; padding: 0; list-style: none; border-top: 1px solid var(--faint); }
.lines li { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: center; padding: 0.6rem 0; border-bottom: 1px solid var(--faint); }
.lines li > div { flex: 1 1 12rem; }
.lines button { margin: 0; }
details { margin: 1.25rem 0 0; }
summary { padding: 0.5rem 0; font-weight: 600; color: var(--accent); cursor: pointer; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--card); padding: 0.5rem; }
@media print { header, button, .skip { display: none; } main { border: 0; } }
`;
