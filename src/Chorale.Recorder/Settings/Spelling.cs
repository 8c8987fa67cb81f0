namespace Chorale.Recorder.Settings;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Spelling
{
    /// <summary>" (did you mean x?)", or nothing when no name is near: at most a third of the letters wrong.</summary>
    public static string Hint(string written, IEnumerable<string> names)
    {
        var best = names.Select(n => (Name: n, Distance: Distance(written, n))).MinBy(c => c.Distance);
        if (best.Name is null || best.Distance > Math.Max(1, best.Name.Length / 3)) return "";
        return $" (did you mean {best.Name}?)";
    }

    // Levenshtein with one row; names are short.
    private static int Distance(string a, string b)
    {
        if (a.Length > 100) return int.MaxValue;
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                var change = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(change, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
