using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Access;

/// <summary>Reads <c>Authorization: Bearer ...</c>, with the refusals of an Ingest API.</summary>
internal static class Bearer
{
    /// <returns>What is wrong, in the words of the contract; empty when there is a token.</returns>
    public static string Read(HttpRequest request, out string token)
    {
        token = "";
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0) return "Missing Authorization header";
        var space = header.IndexOf(' ', StringComparison.Ordinal);
        if (!(space < 0 ? header : header[..space]).Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return "Invalid authorization scheme";
        token = space < 0 ? "" : header[(space + 1)..].Trim();
        return token.Length == 0 ? "Empty token" : "";
    }
}
