namespace Chorale.Hub;

/// <summary>
/// Holds a data folder for one hub: a second one would clear bodies that the first is taking in. The system lets go of it with the process,
/// however that ends. <c>chorale token</c> and <c>chorale archive</c> work beside a hub and do not ask for it.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const string FileName = "hub.lock";
    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <exception cref="HubStartException">Another hub has it, or the folder cannot be written.</exception>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            Directory.CreateDirectory(folder);
            return new FolderLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new HubStartException($"another hub works on this folder: {Path.GetFullPath(folder)} ({e.Message}). Stop it, or set another data folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubStartException($"data folder {Path.GetFullPath(folder)}: {e.Message}", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
