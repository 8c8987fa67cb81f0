namespace Chorale.TestKit;

/// <summary>How smoothly a page scrolls, measured in the page itself: the time between two frames, and the tasks that kept one waiting.</summary>
public static class ScrollMeter
{
    /// <summary>Down and up again, 40 pixels a frame; gives frames, p50, p99 and longest interval (ms), long tasks and the longest (ms), and nodes of the document.</summary>
    public const string Script = """
        (async seconds => {
          const frame = () => new Promise(requestAnimationFrame);
          const between = [], long = [];
          const watch = new PerformanceObserver(list => list.getEntries().forEach(e => long.push(e.duration)));
          watch.observe({ entryTypes: ['longtask'] });
          const end = performance.now() + seconds * 1000;
          let before = await frame(), way = 40;
          while (performance.now() < end) {
            const bottom = document.documentElement.scrollHeight - innerHeight - 1;
            way = scrollY >= bottom ? -40 : scrollY <= 0 ? 40 : way;
            scrollTo({ top: scrollY + way, behavior: 'instant' });
            const now = await frame();
            between.push(now - before);
            before = now;
          }
          watch.disconnect();
          between.sort((a, b) => a - b);
          const at = part => between[Math.min(between.length - 1, Math.floor(between.length * part))];
          return { frames: between.length, p50: at(.5), p99: at(.99), max: at(1), long: long.length, longest: Math.max(0, ...long),
            nodes: document.querySelectorAll('*').length, tiles: document.querySelectorAll('.tile').length, drawn: document.querySelectorAll('.tile .tile-facts').length };
        })
        """;

    /// <summary>Before the page: everything counts as in sight, so that every tile is drawn and every module is watched; and nothing is left out of the layout.</summary>
    public const string DrawAll = """
        window.IntersectionObserver = class {
          constructor(then) { this.then = then; }
          observe(target) { this.then([{ target, isIntersecting: true }]); }
          unobserve() {}
          disconnect() {}
        };
        addEventListener('DOMContentLoaded', () => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync('.tile { content-visibility: visible !important }');
          document.adoptedStyleSheets = [sheet];
        });
        """;
}
