using System.Text.Json;
using Chorale.Storage;

namespace Chorale.Verbs;

/// <summary>Who the recorder of <c>chorale up</c> is: made at the first start, kept in the data folder, readable by its owner only.</summary>
internal sealed record UpIdentity(string PointId, string RegisterId, string DeviceId, string? Token)
{
    private const string FileName = "identity.json";

    public static UpIdentity LoadOrCreate(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (File.Exists(path) && JsonSerializer.Deserialize<UpIdentity>(File.ReadAllBytes(path)) is { DeviceId.Length: > 0 } known) return known;
        var identity = new UpIdentity(NewId(), NewId(), NewId(), null);
        identity.Save(dataFolder);
        return identity;
    }

    public UpIdentity WithToken(string token, string dataFolder)
    {
        var identity = this with { Token = token };
        identity.Save(dataFolder);
        return identity;
    }

    private static string NewId() => Guid.NewGuid().ToString();

    private void Save(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
