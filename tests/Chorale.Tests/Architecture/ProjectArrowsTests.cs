using System.Xml.Linq;

namespace Chorale.Tests.Architecture;

public sealed class ProjectArrowsTests
{
    /// <summary>The whole permission: what is not here must not be referenced. Side by side on one floor never see each other.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Chorale.Audio"] = [],
        ["Chorale.Storage"] = [],
        ["Chorale.Protocol"] = [],
        ["Chorale.Mqtt"] = [],
        ["Chorale.Recorder"] = ["Chorale.Audio", "Chorale.Mqtt", "Chorale.Protocol", "Chorale.Storage"],
        ["Chorale.Archive"] = ["Chorale.Audio", "Chorale.Protocol", "Chorale.Storage"],
        ["Chorale.Fleet"] = ["Chorale.Mqtt", "Chorale.Protocol"],
        ["Chorale.Show"] = ["Chorale.Mqtt", "Chorale.Protocol", "Chorale.Storage"],
        ["Chorale.Hub"] = ["Chorale.Archive", "Chorale.Fleet", "Chorale.Mqtt", "Chorale.Show"],
        ["Chorale"] = ["Chorale.Recorder", "Chorale.Hub"],
        ["Chorale.Edge"] = ["Chorale.Recorder"],
    };

    [Fact]
    public void Every_project_references_only_what_lies_below_it()
    {
        foreach (var file in Directory.EnumerateFiles(RepositoryRoot.Src, "*.csproj", SearchOption.AllDirectories))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            Assert.True(Allowed.ContainsKey(name), $"{name} is not in the map of floors");
            var references = XDocument.Load(file).Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!));
            Assert.Empty(references.Except(Allowed[name]));
        }
    }

    [Fact]
    public void Imports_of_native_code_live_in_Interop_folders_only()
    {
        var offenders = RepositoryRoot.Sources()
            .Where(f => !f.Contains("/Interop/", StringComparison.Ordinal))
            .Where(f => File.ReadAllText(f) is var text && (text.Contains("[LibraryImport", StringComparison.Ordinal) || text.Contains("[DllImport", StringComparison.Ordinal)));
        Assert.Empty(offenders);
    }

    [Fact]
    public void No_source_file_has_grown_past_600_lines()
    {
        Assert.DoesNotContain(RepositoryRoot.Sources(), f => File.ReadLines(f).Count() > 600);
    }
}

internal static class RepositoryRoot
{
    public static readonly string Path = Find();

    public static string Src => System.IO.Path.Combine(Path, "src");

    public static IEnumerable<string> Sources() => Directory.EnumerateFiles(Src, "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "Chorale.slnx"))) folder = System.IO.Path.GetDirectoryName(folder)!;
        return folder;
    }
}
