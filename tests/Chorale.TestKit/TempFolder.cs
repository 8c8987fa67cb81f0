namespace Chorale.TestKit;

/// <summary>A folder of a test's own, deleted with everything in it.</summary>
public sealed class TempFolder : IDisposable
{
    /// <param name="path">Null = a new one where temporary files go.</param>
    public TempFolder(string? path = null) =>
        Path = path is null ? Directory.CreateTempSubdirectory("chorale-test-").FullName : Directory.CreateDirectory(path).FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The test moved or deleted it itself.
        }
    }
}
