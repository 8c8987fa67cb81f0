using System.Diagnostics;

namespace Chorale.TestKit;

/// <summary>
/// A disk of a test's own: an ext4 image with 4 KiB blocks on a loop device. A copy of the image, taken while it is mounted and mounted
/// again, is what a cut of the power leaves: the journal replays, and what was not synced is gone. Needs root and loop devices.
/// </summary>
public sealed class LoopDisk : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chorale-disk-").FullName;

    private LoopDisk()
    {
        Image = Path.Combine(_folder, "image");
        Mount = Path.Combine(_folder, "mount");
        Directory.CreateDirectory(Mount);
    }

    /// <summary>Null where disks can be made here, else why not: the reason a test gives when it is skipped.</summary>
    public static string? Unavailable { get; } = Probe();

    public string Image { get; }

    /// <summary>Folder the disk is mounted at.</summary>
    public string Mount { get; }

    public static LoopDisk Create(int megabytes)
    {
        var disk = new LoopDisk();
        try
        {
            using (var file = File.Create(disk.Image)) file.SetLength(megabytes * 1024L * 1024);
            Run("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", disk.Image);
            Run("mount", "-o", "loop,errors=remount-ro", disk.Image, disk.Mount);
            return disk;
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>A disk of <paramref name="megabytes"/> in memory: fast, and full when it is full.</summary>
    public static LoopDisk CreateInMemory(int megabytes)
    {
        var disk = new LoopDisk();
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "chorale-test", disk.Mount);
        return disk;
    }

    /// <summary>
    /// Takes the disk as it would be found after the power went now, and mounts the copy. Whoever writes to it must stand still meanwhile:
    /// a copy that takes time is no instant.
    /// </summary>
    public LoopDisk CutPower()
    {
        var copy = new LoopDisk();
        Run("cp", "--sparse=always", Image, copy.Image);
        try
        {
            Run("mount", "-o", "loop", copy.Image, copy.Mount);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>Sectors of 512 B the kernel has sent to the device since it was mounted, times 512.</summary>
    public long DeviceWrittenBytes
    {
        get
        {
            var fields = File.ReadAllText($"/sys/block/{Device}/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return long.Parse(fields[6], System.Globalization.CultureInfo.InvariantCulture) * 512;
        }
    }

    public void Remount(string option) => Run("mount", "-o", $"remount,{option}", Mount);

    /// <summary>The kernel meets an error of the file system and lets nobody write any more, as it does on a card that dies.</summary>
    public void FailReadOnly() => File.WriteAllText($"/sys/fs/ext4/{Device}/trigger_fs_error", "1");

    /// <summary>The disk is unplugged under whoever has files open on it, checked, and plugged in again.</summary>
    public void Replug()
    {
        // Whoever has files open keeps the old device alive, and it stays read-only: what comes back is another one.
        var replugged = Image + ".replugged";
        Run("cp", "--sparse=always", Image, replugged);
        Run("umount", "-l", Mount);
        Run("e2fsck", "-p", replugged);
        Run("mount", "-o", "loop", replugged, Mount);
    }

    /// <summary>Sends everything dirty to the device.</summary>
    public void SyncAll() => Run("sync", "-f", Mount);

    public void Dispose()
    {
        if (File.ReadLines("/proc/mounts").Any(l => l.Contains(Mount, StringComparison.Ordinal))) Run("umount", "-l", Mount);
        Directory.Delete(_folder, recursive: true);
    }

    private string Device => Path.GetFileName(File.ReadLines("/proc/mounts").Select(l => l.Split(' ')).First(f => f[1] == Mount)[0]);

    private static string? Probe()
    {
        try
        {
            using var disk = Create(8);
            return null;
        }
        catch (Exception e)
        {
            return $"no loop-mounted ext4 here ({e.Message})";
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new IOException($"{program} did not start");
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode > (program == "e2fsck" ? 1 : 0)) throw new IOException($"{program} {string.Join(' ', arguments)}: {error.Trim()}");
    }
}
