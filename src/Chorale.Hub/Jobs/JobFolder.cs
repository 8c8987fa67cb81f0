using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Protocol.Chunks;
using Chorale.Storage;

namespace Chorale.Hub.Jobs;

/// <summary>
/// Where jobs lie: a folder each, so that forgetting one is deleting its folder.
/// <code>
/// jobs/&lt;id&gt;/job.json        how it stands, written when it begins and when it ends
/// jobs/&lt;id&gt;/result          what it made; result.part while it is made
/// jobs/&lt;id&gt;/manifest.json   what an export consists of
/// </code>
/// </summary>
internal sealed class JobFolder
{
    public const string Result = "result", Manifest = "manifest.json";
    private const string Record = "job.json";
    private readonly string _root;

    public JobFolder(string dataFolder)
    {
        _root = Path.Combine(Path.GetFullPath(dataFolder), "jobs");
        Directory.CreateDirectory(_root);
    }

    public string Root => _root;

    /// <summary>Ids become names of folders: nothing else gets through here.</summary>
    public string Of(string id) => RecorderId.IsValid(id) ? Path.Combine(_root, id) : throw new ArgumentException("not safe in a path", nameof(id));

    public string? ResultOf(string id) => Path.Combine(Of(id), Result) is var path && File.Exists(path) ? path : null;

    public string? ManifestOf(string id) => Path.Combine(Of(id), Manifest) is var path && File.Exists(path) ? path : null;

    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void Save(KeptJob job)
    {
        Directory.CreateDirectory(Of(job.View.Id));
        DurableFile.Write(Path.Combine(Of(job.View.Id), Record), JsonSerializer.SerializeToUtf8Bytes(job));
    }

    /// <summary>Everything of a job but how it ended.</summary>
    public void DeleteFiles(string id)
    {
        if (!Directory.Exists(Of(id))) return;
        foreach (var file in Directory.EnumerateFiles(Of(id)).Where(f => Path.GetFileName(f) != Record)) File.Delete(file);
    }

    public void Delete(string id)
    {
        if (Directory.Exists(Of(id))) Directory.Delete(Of(id), recursive: true);
    }

    /// <summary>What earlier hubs left, oldest first; what cannot be read is of no use to anybody and goes.</summary>
    public IReadOnlyList<KeptJob> Load()
    {
        var jobs = new List<KeptJob>();
        foreach (var folder in Directory.EnumerateDirectories(_root))
        {
            try
            {
                var job = JsonSerializer.Deserialize<KeptJob>(File.ReadAllBytes(Path.Combine(folder, Record)));
                if (job is not null && job.View.Id == Path.GetFileName(folder)) jobs.Add(job);
                else Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is JsonException or FileNotFoundException)
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        return [.. jobs.OrderBy(j => j.View.CreatedUs)];
    }
}

/// <summary>A job as its folder keeps it.</summary>
/// <param name="Request">As it was posted: the same id with another request is a mistake.</param>
internal sealed record KeptJob([property: JsonPropertyName("view")] JobView View, [property: JsonPropertyName("request")] string Request);
