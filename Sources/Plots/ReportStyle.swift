/// The style sheet of report pages; that of the charts comes after it.
enum ReportStyle {
  /// The least contrast of text is 5.9 to 1: muted text on the ground of code, in light.
  static let sheet = """

    :root { color-scheme: light dark; \(light) }
    @media (prefers-color-scheme: dark) { :root { \(dark) } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 60rem; background: var(--ground);
      color: var(--ink);
      font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
      overflow-wrap: break-word; }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 0.75rem; text-wrap: balance; }
    h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.5rem 0 0.75rem; }
    p { max-width: 42rem; margin: 0 0 1rem; }
    .lead { font-size: 1.15rem; }
    figure { margin: 1.5rem 0; }
    figure svg { display: block; width: 100%; }
    .narrow { display: none; }
    figcaption { color: var(--muted); max-width: 42rem; margin: 0.5rem 0; }
    summary { display: inline-block; cursor: pointer; padding: 0.35rem 0; min-height: 24px;
      color: var(--link); text-decoration: underline; text-underline-offset: 0.2em; }
    a { color: var(--link); }
    :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
    .scroll { overflow-x: auto; margin: 1rem 0 1.5rem; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    caption { text-align: left; font-weight: 600; padding-bottom: 0.5rem; }
    th, td { text-align: left; vertical-align: baseline; padding: 0.35rem 1.25rem 0.35rem 0;
      font-weight: 400; border-bottom: 1px solid var(--rule); }
    th:last-child, td:last-child { padding-right: 0; }
    thead th { font-weight: 600; vertical-align: bottom; border-bottom-color: var(--muted); }
    .number { text-align: right; }
    .overview { width: 100%; margin: 1rem 0 1.5rem; }
    .overview th span, .overview td span { display: block; }
    .overview .state, .overview .state span { display: inline; }
    .overview small { display: block; color: var(--muted); font-size: 0.85em; font-weight: 400; }
    .overview tbody th, .overview td { vertical-align: top; }
    .overview svg { display: block; max-width: none; margin: 0.2rem 0; }
    .state { font-weight: 600; white-space: nowrap; }
    .good .state, .state.good { color: var(--good); }
    .bad .state, .state.bad { color: var(--bad); }
    .statement { border-left: 4px solid var(--muted); padding: 0.1rem 0 0.1rem 0.9rem; }
    .statement.good { border-color: var(--good); }
    .statement.bad { border-color: var(--bad); }
    td.number, th.number[scope="row"] { white-space: nowrap; }
    pre { background: var(--code); padding: 0.85rem 1rem; border-radius: 6px; overflow-x: auto;
      font: 0.9rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
    code { font: inherit; }
    footer { color: var(--muted); border-top: 1px solid var(--rule); margin-top: 3rem;
      padding-top: 1rem; }
    @media screen and (max-width: 36rem) {
      .wide { display: none; }
      .narrow { display: block; }
      h1 { font-size: 1.5rem; }
      .overview, .overview caption, .overview tbody, .overview tr, .overview th, .overview td
      { display: block; padding-right: 0; }
      .overview thead { display: none; }
      .overview tr { border-bottom: 1px solid var(--muted); padding: 0.6rem 0; }
      .overview tbody th, .overview td { border: 0; padding: 0.15rem 0; text-align: left; }
      .overview tbody td { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); }
      .overview td::before { content: attr(data-label); color: var(--muted); font-size: 0.85rem;
        padding-right: 0.5rem; grid-row: 1 / span 9; }
      .overview td > * { grid-column: 2; }
      .overview tbody th { font-weight: 600; }
    }
    @media print {
      :root { color-scheme: light; \(light) }
      body { max-width: none; padding: 0; font-size: 10.5pt; }
      figure, tr, pre { break-inside: avoid; }
      h2 { break-after: avoid; }
      table { font-size: 9pt; }
      details:not([open]), .download { display: none; }
      .scroll, pre { overflow: visible; }
      a { color: inherit; text-decoration: none; }
      pre { white-space: pre-wrap; border: 1px solid var(--rule); }
    }

    """

  private static let light = """
    --ground: #ffffff; --ink: #1b1f24; --muted: #595f69; --rule: #dfe3e9; --code: #f3f5f8;
    --link: #0b5cad; --good: #005c8f; --bad: #a84300;
    """
  private static let dark = """
    --ground: #14171c; --ink: #e6e9ee; --muted: #a3abb8; --rule: #2d333d; --code: #1f242c;
    --link: #8ab8ff; --good: #56b4e9; --bad: #f0a030;
    """
}
