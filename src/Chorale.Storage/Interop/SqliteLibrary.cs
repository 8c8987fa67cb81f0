using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Chorale.Storage.Interop;

/// <summary>Points the provider's <c>e_sqlite3</c> at the library the distribution keeps up to date.</summary>
internal static class SqliteLibrary
{
    private static readonly string[] Names = ["libsqlite3.so.0", "libsqlite3.dylib", "sqlite3", "e_sqlite3"];
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Loads the library once; a missing one is a message that names the package.</summary>
    public static void EnsureLoaded() => _ = Loaded.Value;

    private static bool Load()
    {
        var provider = typeof(SQLite3Provider_e_sqlite3).Assembly;
        NativeLibrary.SetDllImportResolver(provider, (name, assembly, paths) => name == "e_sqlite3" ? Resolve(assembly, paths) : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }

    private static nint Resolve(Assembly assembly, DllImportSearchPath? paths)
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, assembly, paths, out var library)) return library;
        }

        throw new DllNotFoundException("SQLite is missing: install the package libsqlite3-0 (Debian) or sqlite-libs (Fedora)");
    }
}
