namespace Chorale.Bench;

/// <summary>Rows of text, printed as a Markdown table with aligned columns.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>For tables whose rows are printed as they come, unaligned.</summary>
    public void PrintHead() => Console.WriteLine($"| {string.Join(" | ", columns)} |\n|{string.Join("|", columns.Select(_ => "---"))}|");

#pragma warning disable CA1822 // a row belongs to its table
    public void PrintRow(params string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");
#pragma warning restore CA1822

    public void Print()
    {
        var widths = columns.Select((c, i) => _rows.Select(r => r[i].Length).Append(c.Length).Max()).ToArray();
        Write(columns);
        Console.WriteLine("|" + string.Join("|", widths.Select(w => new string('-', w + 2))) + "|");
        _rows.ForEach(Write);
        void Write(string[] cells) => Console.WriteLine("| " + string.Join(" | ", cells.Select((c, i) => c.PadRight(widths[i]))) + " |");
    }
}
