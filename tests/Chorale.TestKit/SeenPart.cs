using System.Text;

namespace Chorale.TestKit;

/// <summary>One part of a multipart body with its header lines exactly as they were sent.</summary>
public sealed record SeenPart(string Name, IReadOnlyList<string> HeaderLines, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Splits by hand, so that what a lenient parser would forgive fails here.</summary>
    public static IReadOnlyList<SeenPart> Split(string contentType, byte[] body)
    {
        const string Start = "multipart/form-data; boundary=";
        if (!contentType.StartsWith(Start, StringComparison.Ordinal)) throw new FormatException($"content type {contentType}");
        var boundary = "--" + contentType[Start.Length..];
        var text = Encoding.Latin1.GetString(body); // one character per byte
        if (!text.StartsWith(boundary + "\r\n", StringComparison.Ordinal)) throw new FormatException("body does not begin with its boundary");
        if (!text.EndsWith("\r\n" + boundary + "--\r\n", StringComparison.Ordinal)) throw new FormatException("body does not end with its boundary");
        var inner = text[(boundary.Length + 2)..^(boundary.Length + 6)];
        var parts = new List<SeenPart>();
        foreach (var part in inner.Split("\r\n" + boundary + "\r\n"))
        {
            var headersEnd = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var lines = part[..headersEnd].Split("\r\n");
            var name = lines[0].Split("name=\"")[1].Split('"')[0];
            parts.Add(new SeenPart(name, lines, Encoding.Latin1.GetBytes(part[(headersEnd + 4)..])));
        }

        return parts;
    }
}
