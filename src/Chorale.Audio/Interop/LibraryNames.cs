using System.Reflection;
using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>
/// Finds libraries that are called differently on every system. An assembly can have one resolver only, so every library that needs one
/// is registered here; a name that is not goes the ordinary way.
/// </summary>
internal static class LibraryNames
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, string[]> Candidates = [];

    /// <summary>Before the first call into <paramref name="library"/>.</summary>
    public static void Register(string library, string[] candidates)
    {
        lock (Gate)
        {
            if (Candidates.Count == 0) NativeLibrary.SetDllImportResolver(typeof(LibraryNames).Assembly, Resolve);
            Candidates[library] = candidates;
        }
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? paths)
    {
        string[]? names;
        lock (Gate) Candidates.TryGetValue(library, out names);
        foreach (var name in names ?? [])
        {
            if (NativeLibrary.TryLoad(name, assembly, paths, out var handle)) return handle;
        }

        return 0;
    }
}
