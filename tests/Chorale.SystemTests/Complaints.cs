using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>
/// What pages complain of: warnings and errors of the console, exceptions, requests that failed or were answered with an error. What a test takes away,
/// refuses or breaks it says beforehand, each for itself.
/// </summary>
internal sealed partial class Complaints
{
    private readonly List<string> _all = [];
    private readonly List<(int Status, string Path)> _answers = [];
    private readonly List<string> _words = [];
    private readonly Dictionary<string, int> _underWay = [];
    private readonly HashSet<string> _cut = [];
    private int _losses;
    private bool _hasEnded;

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_all) return [.. _all];
        }
    }

    public void Expect(int status, string path)
    {
        lock (_all) _answers.Add((status, path));
    }

    public void ExpectWords(string words)
    {
        lock (_all) _words.Add(words);
    }

    /// <summary>Until this is disposed requests may fail, and those that are under way then may do so later.</summary>
    public IDisposable ExpectLosses()
    {
        lock (_all)
        {
            _losses++;
            _cut.UnionWith(_underWay.Keys);
        }

        return new Span(this);
    }

    /// <summary>What comes now is of the end of the test.</summary>
    public void End()
    {
        lock (_all) _hasEnded = true;
    }

    public void Watch(IPage page)
    {
        page.Request += (_, request) =>
        {
            lock (_all) _underWay[request.Url] = _underWay.GetValueOrDefault(request.Url) + 1;
        };
        page.RequestFinished += (_, request) => Done(request);
        page.RequestFailed += (_, request) =>
        {
            Done(request);
            // A player that is told to play something else, and a page that is left, let go of what they were loading.
            if (request.Failure != "net::ERR_ABORTED" && !IsLost(request.Url)) Add($"failed: {request.Url} {request.Failure}");
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400 && !IsLost(response.Url) && !IsExpected(response.Status, response.Url)) Add($"{response.Status}: {response.Request.Method} {response.Url}");
        };
        page.Console += (_, message) =>
        {
            if (message.Type is not ("error" or "warning") || IsExpected(message.Text)) return;
            if (message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                var url = Place().Replace(message.Location, "");
                if (IsLost(url) || (Status().Match(message.Text) is { Success: true } status && IsExpected(int.Parse(status.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), url))) return;
            }

            Add($"console: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => Add($"exception: {error}");
    }

    private void Done(IRequest request)
    {
        lock (_all)
        {
            if (--_underWay[request.Url] == 0) _underWay.Remove(request.Url);
        }
    }

    private bool IsLost(string url)
    {
        lock (_all) return _losses > 0 || _cut.Contains(url);
    }

    private bool IsExpected(int status, string url)
    {
        lock (_all) return _answers.Exists(a => a.Status == status && new Uri(url).AbsolutePath.StartsWith(a.Path, StringComparison.Ordinal));
    }

    private bool IsExpected(string text)
    {
        lock (_all) return _words.Exists(w => text.Contains(w, StringComparison.Ordinal));
    }

    private void Add(string what)
    {
        lock (_all)
        {
            if (!_hasEnded) _all.Add(what);
        }
    }

    [GeneratedRegex(@":\d+:\d+$")]
    private static partial Regex Place();

    [GeneratedRegex(@"status of (\d+)")]
    private static partial Regex Status();

    private sealed class Span(Complaints complaints) : IDisposable
    {
        public void Dispose()
        {
            lock (complaints._all)
            {
                complaints._losses--;
                complaints._cut.UnionWith(complaints._underWay.Keys);
            }
        }
    }
}
